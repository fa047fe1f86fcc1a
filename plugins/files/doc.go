// Package filessource is the source plugin for file shares and document
// workspaces: folders of office files, PDF, mail, archives and text.
//
// A search lists the folders, and then looks at files: at every one that is new
// or changed since the standing index was written, and at those of the others
// whose terms the index holds. So the index decides nothing: without one, or
// with one that is damaged, each file is looked at and the answer is the same,
// later. What is given out was read from the file in that very search.
//
//	config.go    the configuration; glob.go its patterns
//	walk.go      lists the folders
//	look.go      reads one file (core/document) and compares it (plugins/internal/freetext)
//	ledger.go    what the index remembers of a file, and when that still holds
//	standing.go  the generations of the index on disk
//	search.go    puts it together, in order and in time
//	record.go    makes the record
package filessource
