// Package name reads and compares the names of persons.
//
// It knows how systems hold names (family name first or last, with a comma or
// without, in capitals, without å ä ö, with initials) and says in four steps,
// without similarity scores, how far two names agree. A name alone identifies
// nobody: what follows from an agreement is decided in core/match.
//
// The package embeds the surnames and given names of the Digital and
// Population Data Services Agency (data/SOURCE.md), which keep a common name
// from passing as a misspelling of another one.
package name
