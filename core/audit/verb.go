package audit

import "slices"

// Verb is the action of an entry.
type Verb string

// The verbs. An effect with a duration is logged by Begin: its entry and that
// of its end have the same verb.
const (
	KeysMade         Verb = "keys-made"         // the installation's keys, in `sinusta init`
	RequestOpened    Verb = "request-opened"    // a request was registered
	RequestChanged   Verb = "request-changed"   // identifiers, scope or proof of identity were added or removed
	RequestRun       Verb = "request-run"       // the search of a request
	RequestErased    Verb = "request-erased"    // the key of a request was destroyed
	PlanMade         Verb = "plan-made"         // the plan of a run was stored, and what it does not stand on was dropped
	SourceAsked      Verb = "source-asked"      // a query left for a system; counts per kind of identifier
	SourceAnswered   Verb = "source-answered"   // a call of a system ended: done, or the class of the failure
	RecordsStored    Verb = "records-stored"    // counts of what was stored
	Merged           Verb = "merged"            // the records of all systems were merged and judged
	CoverageWritten  Verb = "coverage-written"  // the outcome of every system was stored
	SearchMade       Verb = "search-made"       // somebody searched the records of a request
	AnswerRecorded   Verb = "answer-recorded"   // what people found by hand in a system was stored; counts of records and files
	HitViewed        Verb = "hit-viewed"        // somebody saw the content of a hit
	Decided          Verb = "decided"           // an official decided on an item or field
	Approved         Verb = "approved"          // a second person approved
	ReportWritten    Verb = "report-written"    // a report was written
	ReportDelivered  Verb = "report-delivered"  // a report was given to its recipient
	CatalogueChanged Verb = "catalogue-changed" // the catalogue is not the one last seen
	SourcesChanged   Verb = "sources-changed"   // the sources file is not the one last seen
	PluginChanged    Verb = "plugin-changed"    // a plugin was installed, replaced or removed
	SystemProbed     Verb = "system-probed"     // a source was checked or examined without a request
	LogRead          Verb = "log-read"          // somebody read the audit log
	LogExported      Verb = "log-exported"      // somebody exported the audit log
	LogRepaired      Verb = "log-repaired"      // by the log itself: it removed what a crash had left unfinished
	CheckpointSigned Verb = "checkpoint-signed" // by the log itself: the checkpoint of this size follows
)

// Verbs lists every verb.
func Verbs() []Verb {
	return []Verb{KeysMade, RequestOpened, RequestChanged, RequestRun, RequestErased, PlanMade, SourceAsked, SourceAnswered,
		RecordsStored, Merged, CoverageWritten, AnswerRecorded, SearchMade, HitViewed, Decided, Approved, ReportWritten, ReportDelivered,
		CatalogueChanged, SourcesChanged, PluginChanged, SystemProbed, LogRead, LogExported, LogRepaired, CheckpointSigned}
}

// own tells whether only the log itself writes the verb.
func (v Verb) own() bool { return v == LogRepaired || v == CheckpointSigned }

func (v Verb) known() bool { return slices.Contains(Verbs(), v) }
