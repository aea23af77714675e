//! What each code means at length: the pages under `docs/rules/`, compiled in so that `explain` needs no network.

use super::Code;

macro_rules! pages {
    ($($id:literal)*) => {
        /// Every page by its code's id, sorted.
        const PAGES: &[(&str, &str)] = &[$(($id, include_str!(concat!("../../docs/rules/", $id, ".md")))),*];
    };
}

pages! {
    "BG001" "BG002" "BG003" "BG004" "BG005" "BG006" "BG007" "BG008" "BG009" "BG010"
    "BG011" "BG012" "BG013" "BG014" "BG020" "BG021" "BG022" "BG023" "BG024" "BG025"
    "BG026" "BG027" "BG028" "BG029" "BG030" "BG031" "BG032" "BG033" "BG034" "BG035"
    "BG036" "BG037" "BG038" "BG039" "BG040" "BG041" "BG042" "BG043" "BG049" "BG050" "BG051"
    "BG052" "BG053" "BG054" "BG055" "BG056" "BG057" "BG100" "BG101"
    "BG102" "BG103" "BG104" "BG105" "BG106" "BG107" "BG108" "BG109" "BG110" "BG111"
    "BG112" "BG113" "BG114" "BG115" "BG116" "BG117" "BG118" "BG119" "BG120" "BG121"
    "BG122" "BG123" "BG124" "BG125" "BG126" "BG127" "BG130" "BG131" "BG132" "BG133"
    "BG134" "BG135" "BG136" "BG137" "BG138" "BG139" "BG140" "BG141" "BG142" "BG143"
    "BG144" "BG145" "BG146" "BG147" "BG148" "BG149" "BG150" "BG151" "BG152" "BG153"
    "BG154" "BG155" "BG156" "BG157" "BG158" "BG159" "BG160" "BG161" "BG162" "BG163"
    "BG164" "BG165" "BG166" "BG167" "BG168" "BG169" "BG170" "BG171" "BG172" "BG173" "BG174" "BG175" "BG176" "BG177" "BG178"
    "BG179" "BG180" "BG181" "BG182" "BG183" "BG184" "BG185" "BG186" "BG187" "BG188"
    "BG189" "BG190" "BG191" "BG192" "BG193" "BG194" "BG195" "BG198" "BG200" "BG201"
    "BG202" "BG203" "BG204" "BG205" "BG206" "BG207" "BG208" "BG209" "BG215"
}

/// The page of a code, as Markdown: a heading with id and name, what the code means, a line that says why, where there are some the
/// formula and what decides the level, and under `Bad` and `Good` an example each. An example is a whole blueprint where it has `schema`, otherwise it is laid over the smallest
/// one.
pub fn page(code: Code) -> Option<&'static str> {
    PAGES.iter().find(|(id, _)| *id == code.id).map(|(_, page)| *page)
}
