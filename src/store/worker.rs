//! A thread that does one thing after another for its owner, who goes on meanwhile.
//!
//! One job at a time: the owner asks, then polls or waits for what came of it, then asks again.

use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::thread::JoinHandle;

use super::StoreError;

/// The thread. Dropping it waits for what it is doing.
#[derive(Debug)]
pub(super) struct Worker<J, T> {
    doing: &'static str,
    jobs: Option<SyncSender<J>>,
    results: Receiver<Result<T, StoreError>>,
    thread: Option<JoinHandle<()>>,
}

impl<J: Send + 'static, T: Send + 'static> Worker<J, T> {
    /// Starts a thread called `name` that does each job by `work`; `doing` is what it does, as the
    /// end of "can't …". Whenever a result is there to be taken, `done` is called.
    pub(super) fn start(
        name: &str,
        doing: &'static str,
        mut work: impl FnMut(J) -> Result<T, StoreError> + Send + 'static,
        done: impl Fn() + Send + 'static,
    ) -> Result<Worker<J, T>, StoreError> {
        // One job at a time, so neither channel ever fills.
        let (jobs, asked) = sync_channel(1);
        let (answers, results) = sync_channel(1);
        let run = move || {
            // Also where the thread dies: whoever waits is to find that out.
            let done = AtTheEnd(done);
            while let Ok(job) = asked.recv() {
                if answers.send(work(job)).is_err() {
                    return;
                }
                done.0();
            }
        };
        let thread = std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(run)
            .map_err(StoreError::failed("start a thread"))?;
        Ok(Worker { doing, jobs: Some(jobs), results, thread: Some(thread) })
    }

    /// Asks for a job. What came of the one before it was taken.
    pub(super) fn request(&self, job: J) -> Result<(), StoreError> {
        match self.jobs.as_ref().map(|jobs| jobs.try_send(job)) {
            Some(Ok(())) => Ok(()),
            Some(Err(_)) | None => Err(self.gone()),
        }
    }

    /// What came of the job, where it is done.
    pub(super) fn poll(&self) -> Result<Option<T>, StoreError> {
        match self.results.try_recv() {
            Ok(result) => result.map(Some),
            Err(TryRecvError::Empty) => Ok(None),
            Err(TryRecvError::Disconnected) => Err(self.gone()),
        }
    }

    /// What came of the job that was asked for, once it is done.
    pub(super) fn wait(&self) -> Result<T, StoreError> {
        self.results.recv().unwrap_or_else(|_| Err(self.gone()))
    }

    fn gone(&self) -> StoreError {
        let cause = "the thread that does it has ended".to_owned();
        StoreError::Failed { doing: self.doing, cause }
    }
}

impl<J, T> Drop for Worker<J, T> {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has already shown itself as "ended".
            let _ = thread.join();
        }
    }
}

struct AtTheEnd<F: Fn()>(F);

impl<F: Fn()> Drop for AtTheEnd<F> {
    fn drop(&mut self) {
        self.0();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_job_after_another_and_each_with_its_result() {
        let worker = Worker::start("double", "double", |n: u32| Ok(n * 2), || ()).unwrap();
        worker.request(1).unwrap();
        assert_eq!(worker.wait().unwrap(), 2);
        assert_eq!(worker.poll().unwrap(), None);
        worker.request(2).unwrap();
        assert_eq!(worker.wait().unwrap(), 4);
    }

    #[test]
    fn what_failed_comes_out_and_a_thread_that_died_is_noticed() {
        let fail = |full: bool| match full {
            true => Err(StoreError::Failed { doing: "flush", cause: "full".into() }),
            false => panic!("a fault of the test's"),
        };
        let (told, heard) = sync_channel(9);
        let tell = move || told.send(()).unwrap_or(());
        let worker = Worker::<bool, ()>::start("fail", "flush", fail, tell).unwrap();
        worker.request(true).unwrap();
        assert!(worker.wait().unwrap_err().to_string().contains("full"));
        heard.recv().unwrap();
        worker.request(false).unwrap();
        heard.recv().unwrap();
        assert!(worker.wait().unwrap_err().to_string().contains("has ended"));
        assert!(worker.request(true).is_err());
    }
}
