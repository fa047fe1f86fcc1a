// Package csvsource is the source plugin `csv`: the files that other systems
// export at set times (travel, benefits, surveys, licences). A declarative
// mapping says which files there are, how they are written, and which column
// is which field of the system's profile; README.md describes it for
// integrators.
//
// A search reads each file once from its beginning to its end, row by row, in
// bounded memory, and compares every row here: its identifiers, and the texts
// that the mapping lists (texts.go). A row that cannot be read is
// told with its line number; it is never passed over in silence. A file that
// is older than it should be, or that changes while it is read, is told too.
package csvsource
