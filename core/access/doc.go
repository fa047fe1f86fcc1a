// Package access is the flow of one access request, a file for each step:
//
//	request.go   what was asked, of whom, by whom, and by which identifiers
//	plan.go      one task for each system of the catalogue, or why there is none
//	run.go       every source asked, as many at once as may be
//	ask.go       one source: its attempts, its answer
//	retry.go     what is tried again in a run, and when
//	keep.go      records and checkpoints into the store
//	cover.go     exactly one outcome for each system
//	merge.go     a verdict for each hit, and the same thing once
//	answer.go    reading the result for a report or a search
//
// It knows the store, the catalogue and the matcher. What it needs of plugins
// it declares itself (Sources).
package access
