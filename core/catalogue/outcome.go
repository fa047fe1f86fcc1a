package catalogue

import (
	"time"

	"github.com/sinusta/sinusta/core"
)

// Referral is where the person turns to about data of another controller.
type Referral struct {
	Controller Text    `yaml:"controller"`
	Contact    Contact `yaml:"contact"`
	// Text says to the person what to ask there.
	Text   Text   `yaml:"text"`
	Source Source `yaml:"source" json:"source,omitempty"`
}

// LaterReferral is where the person turns to from a day on.
type LaterReferral struct {
	// From is the first day, as an ISO date.
	From       string  `yaml:"from"`
	Controller Text    `yaml:"controller"`
	Contact    Contact `yaml:"contact"`
	// Text says to the person what to ask there.
	Text Text `yaml:"text"`
	// Reason stands in the place of the entry's outcome_reason; empty keeps it.
	Reason Text   `yaml:"reason"`
	Source Source `yaml:"source" json:"source,omitempty"`
}

// ReferralOn gives where the person turns to whose request was received on the
// ISO day, and why the system is not searched.
func (s *System) ReferralOn(day string) (to Referral, reason Text) {
	to, reason = s.Referral, s.OutcomeReason.Text
	last := ""
	for _, l := range s.LaterReferrals {
		if l.From > day || l.From < last {
			continue
		}
		last = l.From
		to = Referral{Controller: l.Controller, Contact: l.Contact, Text: l.Text, Source: l.Source}
		if reason = s.OutcomeReason.Text; !l.Reason.IsZero() {
			reason = l.Reason
		}
	}
	return to, reason
}

// Manual is a search that people make: in a paper archive, in an old diary.
type Manual struct {
	// Owner is the function that searches, never a person by name.
	Owner Text `yaml:"owner"`
	// DueDays is how many days the search may take.
	DueDays int `yaml:"due_days"`
	// Instructions say where and by what to look.
	Instructions Text   `yaml:"instructions"`
	Source       Source `yaml:"source" json:"source,omitempty"`
}

// Due gives the last day of the search for a request of that receipt, zero
// where the entry sets no time. A last day that is no working day moves to the
// next that is.
func (m Manual) Due(received time.Time) time.Time {
	if m.DueDays <= 0 || received.IsZero() {
		return time.Time{}
	}
	return nextWorkday(received.In(finland()).AddDate(0, 0, m.DueDays))
}

// Ownership tells whose the records of a mixed system are. Records of another
// controller are referred to it and never shown.
type Ownership struct {
	// Field is the field of the profile's records whose value tells the owner.
	Field string `yaml:"field"`
	// Own are the values that mean this organisation, letter case and outer
	// blanks aside.
	Own []string `yaml:"own"`
	// Others are the values that mean another controller. Where they are
	// listed, a value of neither list goes to a person. Where they are not, a
	// value means another controller unless it is empty, a code, or resembles
	// one of Own.
	Others []string `yaml:"others" json:",omitempty"`
	// Missing is what a record without a value is: "own", "other" or
	// "review" (a person looks at it), which is the default.
	Missing string `yaml:"missing"`
	// Referral is what the person is told about records of others. Its
	// controller stays empty where the value names it.
	Referral Referral `yaml:"referral"`
	Source   Source   `yaml:"source" json:"source,omitempty"`
}

// The values of Ownership.Missing.
const (
	OwnerOwn    = "own"
	OwnerOther  = "other"
	OwnerReview = "review"
)

// Policies are the organisation's switches on what it gives out. Each needs a
// legal review.
type Policies struct {
	// LogData is the switch on log data (CJEU C-579/21: when and why data
	// were looked at belongs to the person, who looked at them does not).
	LogData LogPolicy `yaml:"log_data"`
}

// LogPolicy is a switch on log data.
type LogPolicy struct {
	// Disclose is "withheld", the default, or "when-and-why": times and
	// purposes of consultations, and never the employee's identity.
	Disclose string `yaml:"disclose"`
	// Reviewed is the ISO date of the legal review, empty for none.
	Reviewed string `yaml:"reviewed"`
	// By is the function that reviewed it, never a person by name.
	By Text `yaml:"by"`
}

// The values of LogPolicy.Disclose.
const (
	LogWithheld   = "withheld"
	LogWhenAndWhy = "when-and-why"
)

// PolicyLogData is the name of the switch on log data in an entry.
const PolicyLogData = "log_data"

// apply takes the outcome off an entry whose switch is on.
func (p Policies) apply(s *System) {
	if s.Policy == PolicyLogData && p.LogData.Disclose == LogWhenAndWhy && s.Outcome == core.ExcludedByPolicy {
		s.Outcome, s.OutcomeReason = "", Fact{}
	}
}
