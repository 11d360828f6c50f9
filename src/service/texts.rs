//! The texts of a service: minijinja templates, `{name}` for a value, `{% for %}` for lists.
//!
//! Templates are checked when the service is read: syntax, that every placeholder is one that the
//! code gives, and, with values of every shape (`fit`), that they can be filled in.
//! Whether a text fails for one *value* only can't be known then, so [`super::Service::render`] has
//! a second text.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Object;
use minijinja::{Environment, UndefinedBehavior, Value};

use crate::base::fault::Fault;

/// A text's place in its service: what a record keeps of it is its name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct TextId(u16);

/// All texts of one service, compiled.
#[derive(Clone, Debug)]
pub struct Texts {
    environment: Environment<'static>,
    names: Vec<Arc<str>>,
    phone: Arc<str>,
}

impl Texts {
    /// Compiles `texts` (name → wording and where it stands); what is wrong is added to `faults`.
    pub fn compile(
        texts: &BTreeMap<String, (String, Range<usize>)>,
        phone: &str,
        faults: &mut Vec<Fault>,
    ) -> Texts {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Chainable);
        let syntax = SyntaxConfig::builder()
            .variable_delimiters("{", "}")
            .block_delimiters("{%", "%}")
            .comment_delimiters("{#", "#}")
            .build();
        match syntax {
            Ok(syntax) => environment.set_syntax(syntax),
            Err(error) => faults.push(Fault::new(0..0, error.to_string(), "report this as a bug")),
        }
        let mut names = Vec::new();
        for (name, (wording, span)) in texts {
            if let Err(error) = environment.add_template_owned(name.clone(), wording.clone()) {
                faults.push(Fault::new(
                    span.clone(),
                    format!(
                        "the text `{name}` can't be read: {}",
                        error.detail().unwrap_or("bad syntax")
                    ),
                    "write values as {name}; a list as {% for a in list %}…{% endfor %}",
                ));
            }
            names.push(Arc::from(name.as_str()));
        }
        Texts { environment, names, phone: Arc::from(phone) }
    }

    /// The text called `name`.
    pub fn find(&self, name: &str) -> Option<TextId> {
        let at = self.names.binary_search_by(|known| known.as_ref().cmp(name)).ok()?;
        u16::try_from(at).ok().map(TextId)
    }

    /// What the texts are called, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> + Clone {
        self.names.iter().map(AsRef::as_ref)
    }

    /// What the text is called.
    pub fn name(&self, text: TextId) -> &str {
        self.names.get(usize::from(text.0)).map_or("?", |name| name)
    }

    /// The placeholders that a text uses, `{phone}` aside, sorted; `None` where it can't be read.
    pub fn placeholders(&self, text: TextId) -> Option<Vec<String>> {
        let template = self.environment.get_template(self.name(text)).ok()?;
        let used = template.undeclared_variables(false).into_iter();
        let mut used: Vec<String> = used.filter(|used| used != "phone").collect();
        used.sort();
        Some(used)
    }

    /// The placeholders that a text uses and `given` lacks, sorted.
    pub fn unknown_placeholders(&self, text: TextId, given: &[&str]) -> Vec<String> {
        let mut used = self.placeholders(text).unwrap_or_default();
        used.retain(|used| !given.contains(&used.as_str()));
        used
    }

    /// Renders `text` with `values`, given as pairs of placeholder and value.
    pub fn render(
        &self,
        text: TextId,
        values: &[(impl Into<Cow<'static, str>> + Clone, Value)],
    ) -> Result<String, minijinja::Error> {
        let values = values.iter().cloned().map(|(name, value)| (name.into(), value)).collect();
        let given = Given { values, phone: self.phone.clone() };
        self.environment.get_template(self.name(text))?.render(Value::from_object(given))
    }
}

/// The values of one text, looked through in turn: they are few, and a map of them would take
/// longer to build than the text.
#[derive(Debug)]
struct Given {
    values: Vec<(Cow<'static, str>, Value)>,
    phone: Arc<str>,
}

impl Object for Given {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        if key == "phone" {
            return Some(Value::from(self.phone.clone()));
        }
        self.values.iter().rfind(|(name, _)| *name == key).map(|(_, value)| value.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(entries: &[(&str, &str)]) -> (Texts, Vec<Fault>) {
        let mut faults = Vec::new();
        let texts = entries.iter().map(|(n, t)| (n.to_string(), (t.to_string(), 3..9))).collect();
        (Texts::compile(&texts, "011 1", &mut faults), faults)
    }

    #[test]
    fn values_and_lists_are_filled_in() {
        let (texts, faults) = texts(&[
            ("b", "{k} {n}: {bal} RSD. Info {phone}"),
            (
                "a",
                "{% for a in accounts %}{a.n} {a.acc}{% if not loop.last %}, {% endif %}{% endfor %}.",
            ),
        ]);
        assert!(faults.is_empty(), "{faults:?}");
        let b = texts.find("b").unwrap();
        let values = [("k", "TR".into()), ("n", 2.into()), ("bal", "1,00".into())];
        assert_eq!(texts.render(b, &values).unwrap(), "TR 2: 1,00 RSD. Info 011 1");
        let account = |n: i32| minijinja::context! { n => n, acc => "**01" };
        let list = [("accounts", Value::from(vec![account(1), account(2)]))];
        assert_eq!(texts.render(texts.find("a").unwrap(), &list).unwrap(), "1 **01, 2 **01.");
        assert_eq!(texts.unknown_placeholders(b, &["k", "n"]), ["bal"]);
        assert!(texts.find("c").is_none());
    }

    #[test]
    fn a_broken_template_is_a_fault_at_its_place() {
        let (_, faults) = texts(&[("a", "stanje {bal")]);
        assert_eq!(faults.len(), 1);
        assert_eq!(faults[0].span, 3..9);
    }
}
