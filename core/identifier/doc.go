// Package identifier holds the rules of each kind of identifier: how it is
// read and checked, its normal form, when two are the same, how it is masked,
// the spellings in which systems hold it, what to say of a bad one in Finnish,
// Swedish and English, and how it is found in running text.
//
// A kind is one KindRule in a file of its own, with an example and a bad value
// for each rule that it has, and one line in the table of registry.go: the
// intake, its questions and its help, the masks in the report and the detector
// follow from it. Parse, ParseAll and Find read by the same rule: a value that
// stands alone, the values in one field of a system, and the identifiers in
// running text.
package identifier
