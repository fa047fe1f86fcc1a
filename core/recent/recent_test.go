package recent

import (
	"strconv"
	"strings"
	"testing"
)

func TestAnswersAreThoseOfTheFunction(t *testing.T) {
	var a Answers[string, string]
	asked := 0
	of := func(kind, text string) string {
		return a.Of(kind, text, func() string { asked++; return kind + "|" + text })
	}
	for range 3 {
		for i := range 100 {
			n := strconv.Itoa(i)
			for _, kind := range []string{"email", "phone"} {
				if got := of(kind, n); got != kind+"|"+n {
					t.Fatalf("%s %s gives %s", kind, n, got)
				}
			}
		}
	}
	if asked != 200 {
		t.Errorf("the function was asked %d times for 200 questions", asked)
	}
}

func TestMemoryIsBounded(t *testing.T) {
	var a Answers[string, int]
	for i := range 3 * limit {
		if got := a.Of("", strconv.Itoa(i), func() int { return i }); got != i {
			t.Fatalf("%d gives %d", i, got)
		}
	}
	long := strings.Repeat("x", length+1)
	a.Of("", long, func() int { return 1 })
	if _, kept := a.have[question[string]{text: long}]; kept || len(a.have) > limit {
		t.Errorf("%d answers are kept, a long one: %v", len(a.have), kept)
	}
}
