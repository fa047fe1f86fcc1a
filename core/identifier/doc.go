// Package identifier holds the rules of each kind of identifier: how it is
// read and checked, its normal form, when two are the same, how it is masked,
// and the spellings in which systems hold it.
//
// A kind is one KindRule in a file of its own and one line in the table of
// registry.go.
package identifier
