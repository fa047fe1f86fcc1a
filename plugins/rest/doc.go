// Package restsource is the source plugin `rest`: systems that are asked over
// HTTP. A declarative mapping says which request asks for which kind of
// identifier, where the records stand in the answer, and which member is which
// field of the system's profile; README.md describes it for integrators.
//
// A search sends the declared requests, follows the pages, and compares every
// record here with the identifiers: a service that does not honour a filter
// gives nobody else's records away, and is told. What the service, the mapping
// or a bound kept from being examined is told in a notice, never passed over.
package restsource
