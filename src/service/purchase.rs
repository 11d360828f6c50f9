//! What customers can pay for by text, out of `[purchases]`, `[[provider]]` and `[[product]]`: within
//! which limits, onto which numbers, at which prices (PC-08 to PC-10, PC-16, PC-17).

use std::time::Duration;

use toml::Spanned;

use crate::base::fault::Fault;
use crate::base::money::Minor;
use crate::base::msisdn::Msisdn;
use crate::service::file::{ProductTable, ProviderTable, PurchasesTable, ServiceFile, Targets};
use crate::service::verb::Verb;

/// What a service sells, and how.
#[derive(Clone, Debug)]
pub struct Purchases {
    /// The kinds of account that pay, the first that the customer has.
    pub from: Vec<u8>,
    /// The smallest and the largest top-up.
    pub range: (Minor, Minor),
    /// What a customer may top up in a local day, all together.
    pub day_max: Minor,
    /// The same text of the same phone within this time is a repeat.
    pub repeat: Duration,
    /// Onto whose numbers a customer may pay.
    pub targets: Targets,
    /// Who sells top-ups.
    pub providers: Vec<Provider>,
    /// The products.
    pub products: Vec<Product>,
    country_code: String,
    digits: usize,
}

/// Whose numbers can be topped up.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Provider {
    /// As the sale is called.
    pub name: String,
    /// How its numbers begin, without 0 and country code.
    prefixes: Vec<String>,
    /// Country codes that its numbers had before.
    former: Vec<String>,
}

/// Something with a fixed price.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Product {
    /// As texts, contracts and the sale call it.
    pub name: String,
    /// What a month of it costs.
    pub price: Minor,
}

impl Purchases {
    /// The number that is meant by what was typed (digits, spaces, `/`, `-`, perhaps a `+` before)
    /// and its provider: national with its 0, or international with today's country code or a
    /// former one (requirements 3.2). `None` where no provider has such a number.
    pub fn target(&self, typed: &str) -> Option<(Msisdn, &Provider)> {
        let digits: String = typed.chars().filter(char::is_ascii_digit).collect();
        let international = digits.strip_prefix("00").or_else(|| {
            let plus = typed.starts_with('+') || !digits.starts_with('0');
            plus.then_some(digits.as_str())
        });
        let (code, national) = match international {
            None => (self.country_code.as_str(), digits.strip_prefix('0')?),
            Some(whole) => self.codes().find_map(|code| Some((code, whole.strip_prefix(code)?)))?,
        };
        let provider = self.providers.iter().find(|provider| {
            let known = code == self.country_code || provider.former.iter().any(|f| f == code);
            known && provider.prefixes.iter().any(|prefix| national.starts_with(prefix.as_str()))
        })?;
        if national.len() != self.digits {
            return None;
        }
        let number = Msisdn::parse(&format!("{}{national}", self.country_code)).ok()?;
        Some((number, provider))
    }

    fn codes(&self) -> impl Iterator<Item = &str> {
        let former = self.providers.iter().flat_map(|provider| &provider.former);
        std::iter::once(&self.country_code).chain(former).map(String::as_str)
    }

    /// The product at a place of the list.
    pub fn product(&self, place: u8) -> Option<&Product> {
        self.products.get(usize::from(place))
    }
}

/// How products are spelt, with their places.
pub(super) fn spellings(file: &ServiceFile) -> Vec<(String, u8)> {
    let products = (0u8..).zip(&file.product);
    let all = products.flat_map(|(place, table)| {
        table.words.iter().map(move |words| (words.get_ref().clone(), place))
    });
    all.collect()
}

/// What a file sells; `None` where nothing, or where it is at fault.
pub(super) fn build(file: &ServiceFile, faults: &mut Vec<Fault>) -> Option<Purchases> {
    let sells = |verb| file.command.iter().find(|command| command.does == verb);
    for (verb, tables, what) in [
        (Verb::TopUp, file.provider.len(), "[[provider]]"),
        (Verb::Product, file.product.len(), "[[product]]"),
    ] {
        let Some(command) = sells(verb) else { continue };
        if tables == 0 || file.purchases.is_none() {
            faults.push(Fault::new(
                command.pattern.span(),
                format!("`{}` sells nothing", command.pattern.get_ref()),
                format!("add [purchases] and at least one {what}"),
            ));
        }
    }
    let before = faults.len();
    let providers = file.provider.iter().map(|table| provider(table, faults)).collect();
    let products = products(&file.product, faults);
    let table = file.purchases.as_ref()?;
    let purchases = general(table, file, providers, products, faults);
    if faults.len() == before { purchases } else { None }
}

fn general(
    table: &PurchasesTable,
    file: &ServiceFile,
    providers: Vec<Provider>,
    products: Vec<Product>,
    faults: &mut Vec<Fault>,
) -> Option<Purchases> {
    let mut from = Vec::new();
    for kind in &table.from {
        let place = file.account.iter().position(|known| known.word.get_ref() == kind.get_ref());
        match place.and_then(|place| u8::try_from(place).ok()).filter(|at| !from.contains(at)) {
            Some(place) => from.push(place),
            None => faults.push(Fault::new(
                kind.span(),
                format!("`{}` is no kind of account, or stands here twice", kind.get_ref()),
                "write the word of an [[account]], once",
            )),
        }
    }
    let [min, max, day_max] =
        [&table.min, &table.max, &table.day_max].map(|text| sum(text, faults));
    let code = &table.country_code;
    if !is_digits(code.get_ref(), 1..=3) {
        faults.push(Fault::new(
            code.span(),
            format!("`{}` is no country code", code.get_ref()),
            "write it without + and 00, such as \"383\"",
        ));
    }
    if !(1..=14).contains(table.digits.get_ref()) {
        let what = "a number has 1 to 14 digits behind its country code";
        faults.push(Fault::new(table.digits.span(), what, "write such as digits = 8"));
    }
    let (min, max, day_max) = (min?, max?, day_max?);
    for (smaller, larger, text) in [(min, max, &table.max), (max, day_max, &table.day_max)] {
        if larger < smaller {
            faults.push(Fault::new(
                text.span(),
                format!("`{}` is less than the limit before it", text.get_ref()),
                "keep min <= max <= day_max",
            ));
        }
    }
    Some(Purchases {
        from,
        range: (min, max),
        day_max,
        repeat: Duration::from_secs(u64::from(table.repeat_minutes) * 60),
        targets: table.targets,
        providers,
        products,
        country_code: code.get_ref().clone(),
        digits: usize::from(*table.digits.get_ref()),
    })
}

fn provider(table: &ProviderTable, faults: &mut Vec<Fault>) -> Provider {
    if table.prefixes.is_empty() {
        faults.push(Fault::new(
            table.name.span(),
            format!("`{}` has no numbers", table.name.get_ref()),
            "add prefixes = [\"44\"]: how they begin, without 0 and country code",
        ));
    }
    let digits = |list: &[Spanned<String>], most, faults: &mut Vec<Fault>| {
        for text in list.iter().filter(|text| !is_digits(text.get_ref(), 1..=most)) {
            faults.push(Fault::new(
                text.span(),
                format!("`{}` is no beginning of a number", text.get_ref()),
                "write digits alone, without +, 00 and 0, such as \"44\"",
            ));
        }
        list.iter().map(|text| text.get_ref().clone()).collect()
    };
    Provider {
        name: table.name.get_ref().clone(),
        prefixes: digits(&table.prefixes, 8, faults),
        former: digits(&table.former, 3, faults),
    }
}

fn products(tables: &[ProductTable], faults: &mut Vec<Fault>) -> Vec<Product> {
    let mut seen = Vec::new();
    let mut products: Vec<Product> = Vec::new();
    for table in tables {
        let name = &table.name;
        if products.iter().any(|known| known.name == *name.get_ref()) {
            let what = format!("the product `{}` stands here twice", name.get_ref());
            faults.push(Fault::new(name.span(), what, "give each its own name"));
        }
        for words in &table.words {
            let spelling = words.get_ref();
            let plain = |word: &str| {
                !word.is_empty() && word.bytes().all(|octet| octet.is_ascii_uppercase())
            };
            if !spelling.split(' ').all(plain) {
                faults.push(Fault::new(
                    words.span(),
                    format!("`{spelling}` is nothing that a folded message can hold"),
                    "words are plain capital letters A-Z, with one space between two",
                ));
            }
            if seen.contains(&spelling) {
                let what = format!("`{spelling}` stands for two products");
                faults.push(Fault::new(words.span(), what, "leave one out"));
            }
            seen.push(spelling);
        }
        if table.words.is_empty() {
            let what = format!("nobody can order `{}`", name.get_ref());
            faults.push(Fault::new(name.span(), what, "add words = [\"…\"], what is typed for it"));
        }
        let price = sum(&table.price, faults).unwrap_or_default();
        products.push(Product { name: name.get_ref().clone(), price });
    }
    products
}

fn is_digits(text: &str, length: std::ops::RangeInclusive<usize>) -> bool {
    length.contains(&text.len())
        && !text.starts_with('0')
        && text.bytes().all(|octet| octet.is_ascii_digit())
}

fn sum(text: &Spanned<String>, faults: &mut Vec<Fault>) -> Option<Minor> {
    let sum = Minor::parse(text.get_ref()).ok().filter(|sum| *sum > Minor::ZERO);
    if sum.is_none() {
        faults.push(Fault::new(
            text.span(),
            format!("`{}` is no sum of money", text.get_ref()),
            "write a positive decimal string such as \"19.90\"",
        ));
    }
    sum
}

#[cfg(test)]
mod tests {
    use crate::service::Service;

    const FILE: &str = include_str!("../../services/procredit.toml");

    #[test]
    fn numbers_old_and_new_lead_to_todays() {
        let service = Service::read(FILE).unwrap();
        let purchases = service.purchases.unwrap();
        let read = |typed: &str| {
            let (number, provider) = purchases.target(typed)?;
            Some((number.reveal(), provider.name.as_str()))
        };
        for (typed, number, provider) in [
            ("044123456", "38344123456", "Vala"),
            ("044 123-456", "38344123456", "Vala"),
            ("0038345123456", "38345123456", "Vala"),
            ("+383 44 123 456", "38344123456", "Vala"),
            ("383 44 123 456", "38344123456", "Vala"),
            ("+37744123456", "38344123456", "Vala"),
            ("0037745123456", "38345123456", "Vala"),
            ("043/123-456", "38343123456", "IPKO"),
            ("+38649123456", "38349123456", "IPKO"),
            ("38643123456", "38343123456", "IPKO"),
            ("038123456", "38338123456", "IPKO FIKS"),
            ("+381 38 123 456", "38338123456", "IPKO FIKS"),
            ("029123456", "38329123456", "IPKO FIKS"),
        ] {
            assert_eq!(read(typed), Some((number.to_owned(), provider)), "{typed}");
        }
        for typed in [
            "0441234565",
            "04412345",
            "044",
            "44123456",
            "046123456",
            "+38644123456",
            "+37749123456",
            "+38144123456",
            "+383044123456",
            "+044123456",
            "000383123456",
            "+48601234567",
            "1234",
            "",
        ] {
            assert_eq!(read(typed), None, "{typed}");
        }
    }

    #[test]
    fn what_cannot_be_sold_is_told_with_its_place() {
        for (from, to, what) in [
            ("min            = \"1.00\"", "min            = \"0\"", "`0` is no sum of money"),
            (
                "max            = \"30.00\"",
                "max            = \"0.50\"",
                "less than the limit before",
            ),
            ("day_max        = \"100.00\"", "day_max        = \"29.00\"", "less than the limit"),
            ("country_code   = \"383\"", "country_code   = \"+383\"", "no country code"),
            ("digits         = 8", "digits         = 0", "1 to 14 digits"),
            ("prefixes = [\"44\", \"45\"]", "prefixes = [\"044\"]", "no beginning of a number"),
            ("prefixes = [\"44\", \"45\"]", "prefixes = []", "`Vala` has no numbers"),
            ("name  = \"TV\"", "name  = \"Internet\"", "`Internet` stands here twice"),
            ("words = [\"TV\"]", "words = [\"tv\"]", "a folded message can hold"),
            ("words = [\"TV\"]", "words = [\"INTERNET\"]", "stands for two products"),
            ("words = [\"TV\"]", "words = []", "nobody can order `TV`"),
            ("price = \"9.90\"", "price = \"9.901\"", "no sum of money"),
            ("from           = [\"RRJEDHESE\"", "from           = [\"RR\"", "`RR` is no kind"),
        ] {
            assert!(FILE.contains(from), "{from}");
            let faults = Service::read(&FILE.replacen(from, to, 1)).unwrap_err();
            assert!(faults.iter().any(|fault| fault.what.contains(what)), "{what}: {faults:?}");
            let places: Vec<_> = faults.iter().map(|fault| fault.span.start).collect();
            assert!(places.iter().all(|place| *place > 0), "{from}: {faults:?}");
        }
        let without = FILE.split("[[provider]]").next().unwrap().to_owned()
            + FILE
                .split_once("[[product]]")
                .map_or("", |(_, rest)| rest)
                .split_once("\n\n")
                .unwrap()
                .1;
        let faults = Service::read(&without).unwrap_err();
        assert!(faults.iter().any(|fault| fault.what.contains("sells nothing")), "{faults:?}");
    }
}
