// Package access is the flow of one access request, a file for each step:
//
//	request.go   what was asked, of whom, by whom, and by which identifiers
//	plan.go      one task for each system of the catalogue, or why there is none
//	run.go       every source asked, as many at once as may be
//	ask.go       one source: its attempts, its answer
//	retry.go     what is tried again in a run, and when
//	keep.go      records and checkpoints into the store
//	stored.go    a record as it is stored
//	cover.go     exactly one outcome for each system
//	merge.go     a verdict for each hit, and the same thing once
//	answer.go    the steps in their order, and what a request holds after them
//	items.go     the items, page by page
//
// It knows the store, the catalogue and the matcher. What it needs of plugins
// it declares itself (Sources).
package access
