// Package core is the vocabulary of Sinusta: identifiers of a data subject,
// the query that is put to a source, the records that come back, the outcome
// of each system, and the verdict on each hit.
//
// It imports the standard library only, so that every other package can use
// its words. It decides nothing: parsing identifiers is core/identifier,
// judging hits is core/match, the flow of a request is core/access.
package core
