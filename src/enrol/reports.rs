//! An account's balance on business days, as a form orders it (SK-05, SK-15): at which of the
//! service's hours, and whether only if it changed.

use jiff::civil::Time;
use serde::Deserialize;

use super::contract::{AccountPart, Reader};
use super::field::{Field, Part, Refusal};
use super::wishes::Wishes;
use crate::bank::{BankId, CustomerId};
use crate::customer::PhoneId;
use crate::report::{Reports, When};
use crate::service::Service;
use crate::service::topic::Topic;
use crate::store::StoreError;
use crate::store::draft::Records;
use crate::subscription::Subscriptions;

/// One `report`, as it is written.
#[derive(Deserialize, Clone, Default)]
#[serde(deny_unknown_fields)]
pub struct ReportTable {
    /// The local time, one of the service's.
    pub at: Option<String>,
    /// On which business days.
    #[serde(default)]
    pub when: ReportWhen,
}

/// On which business days a balance is told.
#[derive(Deserialize, Clone, Copy, PartialEq, Eq, Debug, Default)]
#[serde(rename_all = "kebab-case")]
pub enum ReportWhen {
    /// On all of them.
    #[default]
    Always,
    /// Where it isn't the one that was told last.
    Changed,
    /// On none: the report ends.
    Never,
}

/// One `report`, as it is understood.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ReportPart {
    /// At this local time.
    At(Time, When),
    /// It ends.
    Ended,
}

/// Where a report of an account stands in the form.
const fn field(part: Part, name: &'static str) -> Field {
    Field { part, name, topic: Some(Topic::Report) }
}

impl Reader {
    /// A report.
    pub(super) fn report(&mut self, part: Part, table: &ReportTable) -> Option<ReportPart> {
        let when = match table.when {
            ReportWhen::Always => When::Always,
            ReportWhen::Changed => When::Changed,
            ReportWhen::Never => return Some(ReportPart::Ended),
        };
        let at = table.at.as_ref().and_then(|at| at.parse().ok());
        if at.is_none() {
            self.refuse(
                field(part, "report.at"),
                "this is no time of day",
                "write such as \"08:00\"",
            );
        }
        at.map(|at| ReportPart::At(at, when))
    }
}

/// Why a report isn't told: the service has none at its time. The rest of its account is done.
pub(super) fn check(part: Part, account: &AccountPart, service: &Service) -> Option<Refusal> {
    let Some(ReportPart::At(at, _)) = account.report else { return None };
    let times = service.reports.iter().flat_map(|reports| &reports.at);
    if times.clone().any(|known| *known == at) {
        return None;
    }
    let times: Vec<String> = times.map(|at| at.strftime("%H:%M").to_string()).collect();
    let remedy = match times.is_empty() {
        true => "leave it out: its file has no [reports]".to_owned(),
        false => format!("write {}", times.join(" or ")),
    };
    Some(Refusal::new(field(part, "report.at"), "the service has no reports at this time", remedy))
}

impl Wishes<'_> {
    /// The reports that the phone at `place` (from 1) gets from now on, of which `wanted` says
    /// which are on. What was told last stays known.
    pub(super) fn reports_of_phone(
        &self,
        before: &Reports,
        wanted: &Subscriptions,
        place: usize,
    ) -> Reports {
        let mut reports = before.clone();
        for (_, item, report) in self.reports_to(place) {
            if let Some(ReportPart::At(at, when)) = report {
                reports.contract(item, at, when);
            }
        }
        reports.keep(|item| wanted.find(Topic::Report, item).is_some());
        reports
    }

    /// What the form says of reports of accounts to a phone: of which part, of which item, and
    /// which; `None` for one that ends there.
    pub(super) fn reports_to(
        &self,
        place: usize,
    ) -> impl Iterator<Item = (Part, u16, Option<ReportPart>)> {
        let parts = self.contract.accounts.iter().flatten().zip(&self.accounts).enumerate();
        parts.filter_map(move |(at, (part, item))| {
            let (item, report) = (*item, part.report?);
            let goes = part.alerts_to.is_none_or(|to| usize::from(to) == place);
            let is_refused = |refusal: &Refusal| {
                refusal.field.part == Part::Account(at)
                    && refusal.field.topic == Some(Topic::Report)
            };
            if self.refusals.iter().any(is_refused) {
                return None;
            }
            let report = (goes && report != ReportPart::Ended).then_some(report);
            Some((Part::Account(at), item?, report))
        })
    }
}

/// Moves a customer's reports from one phone to another.
pub(super) fn move_reports(
    records: &mut dyn Records,
    bank: BankId,
    id: CustomerId,
    from: PhoneId,
    to: PhoneId,
) -> Result<(), StoreError> {
    let reports = Reports::load(records, bank, id, from)?;
    if !reports.is_empty() {
        Reports::remove(records, bank, id, from);
        reports.save(records, bank, id, to);
    }
    Ok(())
}
