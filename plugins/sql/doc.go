// Package sqlsource is the source plugin `sql`: systems that keep their data
// in a relational database. A mapping points the columns of the database at
// the fields of the system's profile; README.md describes it for integrators.
//
// A search is one read-only transaction. For each record type it first finds
// keys (coarsely in the database, exactly here), then reads the records whole,
// chunk by chunk, with one statement per table. What the database or the
// mapping cannot answer for is told in a notice, never passed over.
package sqlsource
