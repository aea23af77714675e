//! Every code there is. A code is never given a second meaning.

use super::Code;

macro_rules! codes {
    ($($name:ident = $id:literal $slug:literal $meaning:literal;)*) => {
        $(#[doc = $meaning] pub const $name: Code = Code { id: $id, name: $slug };)*

        /// Every code with its meaning, sorted by id.
        pub const ALL: &[(Code, &str)] = &[$(($name, $meaning)),*];
    };
}

codes! {
    // Reading: BG001 to BG019.
    NOT_YAML = "BG001" "not-yaml" "the text is not YAML";
    EMPTY_DOCUMENT = "BG002" "empty-document" "the file holds nothing";
    SECOND_DOCUMENT = "BG003" "second-document" "the file holds more than one YAML document";
    DUPLICATE_KEY = "BG004" "duplicate-key" "a map has the same key twice";
    MERGE_KEY = "BG005" "merge-key" "a map uses the merge key `<<` of YAML 1.1";
    KEY_NOT_TEXT = "BG006" "key-not-text" "a key is empty, a list, a map or an alias";
    TAB_INDENTATION = "BG007" "tab-indentation" "a line is indented with a tab";
    UNSUPPORTED_TAG = "BG008" "unsupported-tag" "a value carries a YAML tag other than `!!str`";
    UNKNOWN_ALIAS = "BG009" "unknown-alias" "an alias names an anchor that is not set before it";
    ENDLESS_ALIAS = "BG010" "endless-alias" "an alias stands inside the value it repeats";
    DOCUMENT_TOO_LARGE = "BG011" "document-too-large" "the file is larger than any blueprint";
    DOCUMENT_TOO_DEEP = "BG012" "document-too-deep" "values are nested deeper than in any blueprint";
    TOO_MANY_VALUES = "BG013" "too-many-values" "the file holds more values than any blueprint, aliases counted";
    UNUSABLE_NUMBER = "BG014" "unusable-number" "a number cannot be held without changing it";

    // Shape: BG020 to BG049.
    UNKNOWN_KEY = "BG020" "unknown-key" "a map has a key that means nothing there";
    MISSING_KEY = "BG021" "missing-key" "a map lacks a key it must have";
    WRONG_TYPE = "BG022" "wrong-type" "a value is of another type than expected";
    UNKNOWN_WORD = "BG023" "unknown-word" "a value is not one of the words allowed there";
    MALFORMED_VALUE = "BG024" "malformed-value" "text does not have the form expected there";
    OUT_OF_RANGE = "BG025" "out-of-range" "a number is too small or too large";
    MISSING_UNIT = "BG026" "missing-unit" "a bare number stands where a number with a unit is expected";
    UNKNOWN_CHOICE = "BG027" "unknown-choice" "a choice is made that is not on offer";
    SEVERAL_CHOICES = "BG028" "several-choices" "several things are chosen where one is";
    WRONG_LENGTH = "BG029" "wrong-length" "text, a list or a map is too short or too long";
    REPEATED_ITEM = "BG030" "repeated-item" "a list holds the same item twice";
    MALFORMED_NAME = "BG031" "malformed-name" "a name in a map does not have the form expected there";
    EXPRESSION = "BG032" "bad-expression" "a `${…}` cannot be worked out";
    WRONG_SHAPE = "BG049" "wrong-shape" "a value does not fit the schema in a way no other code tells";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_sorted_and_unique() {
        assert!(ALL.windows(2).all(|pair| pair[0].0.id < pair[1].0.id));
        let mut names: Vec<_> = ALL.iter().map(|(code, _)| code.name).collect();
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]));
    }

    #[test]
    fn ids_and_names_have_one_form() {
        for (code, meaning) in ALL {
            assert!(code.id.len() == 5 && code.id.starts_with("BG"), "{}", code.id);
            assert!(
                code.name.chars().all(|letter| letter.is_ascii_lowercase() || letter == '-'),
                "{}",
                code.name
            );
            assert!(!meaning.ends_with('.') && !meaning.is_empty(), "{meaning}");
        }
    }
}
