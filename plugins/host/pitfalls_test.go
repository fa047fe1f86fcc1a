package host

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// hazard is one way in which a plugin process or its host can go wrong, with
// the tests that make it with real processes and look at what comes of it.
type hazard struct {
	name  string
	tests []string
	// why says why a fault has no test here.
	why string
}

// The faults that were measured with go-plugin itself, in the order of the
// reference on plugins (its table of faults).
func measuredFaults() []hazard {
	return []hazard{
		{name: "kill -9 of a plugin in the middle of a stream", tests: []string{"TestRecordsThatArrivedBeforeAKillAreKept",
			"TestAPluginKilledFromOutsideMayBeTriedAgain", "TestAKilledPluginsChildrenEndToo", "TestNothingIsLeftOfPluginsThatEnded"}},
		{name: "kill -9 of the coordinator", tests: []string{"TestPluginsDieWithTheCoordinator", "TestStoppedPluginsDieWithTheCoordinator",
			"TestAStartDiesWithTheCoordinator"}},
		{name: "the thread that forked ends", tests: []string{"TestPluginsOutliveOtherThreads"}},
		{name: "a banner before the handshake", tests: []string{"TestNoiseBeforeTheHandshakeIsExplained"}},
		{name: "a line with bars before the handshake", tests: []string{"TestNoiseBeforeTheHandshakeIsExplained"}},
		{name: "exit before the handshake", tests: []string{"TestNoiseBeforeTheHandshakeIsExplained"}},
		{name: "70,000 bytes without an end of line", tests: []string{"TestNoiseBeforeTheHandshakeIsExplained"}},
		{name: "a hang before the handshake", tests: []string{"TestAPluginThatDoesNotComeUpIsExplained", "TestAStartEndsWithItsContext"}},
		{name: "a hang after the handshake", tests: []string{"TestAPluginThatIsNotWellIsRefused", "TestAStartEndsWithItsContext"}},
		{name: "prints after the handshake", tests: []string{"TestStandardOutputIsNoTrap", "TestNoiseAfterTheHandshakeBlocksNobody",
			"TestWhatAPluginPrintsIsNoLogLine"}},
		{name: "raw writes of more than 64 KiB to standard output", tests: []string{"TestNoiseAfterTheHandshakeBlocksNobody"}},
		{name: "a panic in a handler, outside one, and in Open", tests: []string{"TestAPanicTellsNoValue",
			"TestAFailureOfTheSourceIsInItsCompletion", "TestAPluginThatDiesInTheMiddleGivesNoCompletion"}},
		{name: "a question of more than 4 MiB", tests: []string{"TestAQuestionMayBeLargeUpToTheBound"}},
		{name: "a grandchild that holds the pipes", tests: []string{"TestAStopIsBounded", "TestCloseLeavesNoProcess"}},
	}
}

// The pitfalls of go-plugin, in the order and with the numbers of the
// reference on plugins.
func pitfalls() []hazard {
	return []hazard{
		{name: "orphans when the host dies", tests: []string{"TestPluginsDieWithTheCoordinator", "TestAStartDiesWithTheCoordinator",
			"TestAKeeperThatDiedIsReplaced", "TestAKeeperKillsWhatItWasNotToldTheEndOf"}},
		{name: "standard input cannot be set", tests: []string{"TestAPluginEndsWithItsLifeLine"}},
		{name: "the parent-death signal is a thread's", tests: []string{"TestPluginsOutliveOtherThreads", "TestStoppedPluginsDieWithTheCoordinator"}},
		{name: "Kill does not reach grandchildren and may block", tests: []string{"TestAStopIsBounded", "TestAKilledPluginsChildrenEndToo"}},
		{name: "the graceful stop is abrupt", tests: []string{"TestAStopLetsTheSourceClose"}},
		{name: "no error for a dead connection", tests: []string{"TestAPluginThatIsNotWellIsRefused", "TestAPluginThatDoesNotComeUpIsExplained"}},
		{name: "a client serves once", tests: []string{"TestRecordsThatArrivedBeforeAKillAreKept", "TestAPluginThatFailsThreeTimesIsLeftAlone",
			"TestTheBackOffGrowsToItsBound"}},
		{name: "noise on standard output breaks the handshake", tests: []string{"TestNoiseBeforeTheHandshakeIsExplained",
			"TestWhatAPluginPrintsIsNoLogLine"}},
		{name: "a line of 64 KiB stops the reader", tests: []string{"TestNoiseAfterTheHandshakeBlocksNobody"}},
		{name: "standard error is parsed by its words", tests: []string{"TestStandardErrorIsFilteredAndBounded", "TestOnlyLogLinesPassAndBlanked",
			"TestTheLevelOfALineIsThatOfItsWord", "TestAFloodOfLogLinesIsDropped", "TestABlankedValueIsNotCutInTwo"}},
		{name: "sockets and folders stay", tests: []string{"TestPluginsDieWithTheCoordinator", "TestFoldersOfDeadHostsAreSweptAndOthersAreNot",
			"TestNothingIsLeftOfPluginsThatEnded", "TestAProgramThatIsNotThereLeavesNoFolder"}},
		{name: "the path of a socket is too long", tests: []string{"TestALongRuntimeFolderIsPassedOver", "TestWithoutAFolderForSocketsThereIsAProblem",
			"TestAPluginListensInItsFolderOnly"}},
		{name: "TMPDIR differs", tests: []string{"TestAPluginListensInItsFolderOnly"}},
		{name: "the host's environment is inherited", tests: []string{"TestTheEnvironmentOfAPluginHoldsNothingOfTheHosts",
			"TestTheEnvironmentHidesWhatAPluginDoesNotNeed"}},
		{name: "the broker of callbacks", tests: []string{"TestAPluginListensInItsFolderOnly"}},
		{name: "reattached plugins; signals to a number given back", tests: []string{"TestNoSignalGoesToANumberThatWasGivenBack"}},
		{name: "the checksum is of another file than the one that runs", tests: []string{"TestAProgramThatIsReplacedAfterwardsDoesNotRun",
			"TestTheCopyThatRunsCannotBeWritten", "TestWithoutSealedMemoryAChangeIsNoticed", "TestOnlyTheRegisteredProgramMayRun"}},
		{name: "a plugin takes 4 MiB", tests: []string{"TestAQuestionMayBeLargeUpToTheBound"}},
		{name: "a host takes 2 GiB", tests: []string{"TestAMessageThatIsTooLargeIsRefusedUnread", "TestAMessageOfCountlessRecordsIsRefusedUnmade"}},
		{name: "TCP on Windows", tests: []string{"TestAPluginThatDoesNotComeUpIsExplained"},
			why: "a real Windows is needed; here a plugin that offers TCP is refused, and our own mutual TLS is on everywhere"},
		{name: "names of proto files collide", tests: []string{"TestTheProtocolHasNamesOfItsOwn"}},
		{name: "the host leaks after abnormal ends", tests: []string{"TestManyAbnormalEndsLeaveNothing", "TestNothingIsLeftOfPluginsThatEnded"}},
		{name: "the reflection service is always on", tests: []string{"TestOnlyTheHostMayCallAPlugin"}},
		{name: "AutoMTLS has keys of P-521", tests: []string{"TestTheKeysAreCheapAndTheirCertificatesServeOneSide", "TestForeignPluginsChooseTheirTransport"}},
		{name: "gRPC does not recover from panics", tests: []string{"TestAPanicTellsNoValue", "TestAFailureOfTheSourceIsInItsCompletion",
			"TestACheckNamesItsSteps"}},
		{name: "the init of every package runs in every plugin", why: "it concerns the whole program: a test of cmd/sinusta holds the time"},
	}
}

// The faults of answers, streams and machines that the protocol itself must
// withstand.
func otherFaults() []hazard {
	return []hazard{
		{name: "a closing message that is missing, wrong, doubled or not the last; one ref twice", tests: []string{
			"TestAnAnswerThatBreaksTheRulesHasNoCompletion", "TestTheRawFakeIsRightWhenItBreaksNothing"}},
		{name: "records repeated after a checkpoint", tests: []string{"TestRecordsRepeatedAfterACheckpointAreTakenOnce"}},
		{name: "more records than asked for", tests: []string{"TestAPluginThatPassesTheBoundIsCutThere", "TestTheBoundOfAQueryTruncatesOpenly"}},
		{name: "a taker that is slow", tests: []string{"TestASlowTakerHoldsThePluginBack", "TestASlowTakerIsNotThePluginsSilence"}},
		{name: "a plugin that is silent, stopped, or slow but alive", tests: []string{"TestASilentPluginIsGivenUp", "TestALivingPluginIsWaitedFor"}},
		{name: "a plugin that ignores a cancel or its stop", tests: []string{"TestCancelEndsASearch", "TestAStopIsBounded"}},
		{name: "text that is no UTF-8, bytes that are no message", tests: []string{"TestBytesThatAreNoMessageEndTheAnswer",
			"TestAProblemOfForeignBytesCanBeStored", "TestValuesThatCannotBeSentAreWithheldNotCut"}},
		{name: "texts of problems that are long or hold a person", tests: []string{"TestWhatAPluginSaysIsBounded"}},
		{name: "a clock that is wrong or jumps", tests: []string{"TestAWrongClockStopsNoPlugin", "TestATimeThatAPluginTellsMovesNoDeadline",
			"TestTimesThatAreNoneCanBeStored"},
			why: "the clock of a test machine must not be set: that a jump of the host's clock moves no deadline rests on Go's timers, which are monotonic"},
		{name: "a later minor version", tests: []string{"TestALaterVersionsWordsAreTakenForTheUnsafeOnes"}},
		{name: "a plugin that is not serving, is another, or describes itself in two ways", tests: []string{"TestAPluginThatIsNotWellIsRefused"}},
		{name: "a plugin without TLS, a stranger on its socket", tests: []string{"TestAPluginThatDoesNotComeUpIsExplained", "TestOnlyTheHostMayCallAPlugin"}},
		{name: "a program that is replaced or deleted", tests: []string{"TestBuiltinsAreOfTheCoordinatorThatRuns", "TestAProgramThatIsReplacedAfterwardsDoesNotRun"}},
		{name: "descriptors of the coordinator in the plugin", tests: []string{"TestAPluginInheritsNoDescriptor"}},
		{name: "a plugin that forks without end", why: "only a control group or a limit on the user's processes stops it, which the machine's administrator sets; " +
			"what the children leave is ended with the plugin's process group"},
		{name: "a grandchild in a session of its own", tests: []string{"TestAPluginsDaemonsEndWithIt", "TestPluginsDieWithTheCoordinator"},
			why: "one that also clears its environment is not found: it outlives the plugin, as it does any service manager without control groups"},
	}
}

// TestEveryFaultHasItsTest is the index of the faults: each has a test that
// makes it, or a reason why it has none, and no test that it names is missing.
func TestEveryFaultHasItsTest(t *testing.T) {
	if n := len(measuredFaults()); n != 14 {
		t.Errorf("%d measured faults, want 14", n)
	}
	if n := len(pitfalls()); n != 26 {
		t.Errorf("%d pitfalls, want 26", n)
	}
	have := testNames(t)
	tables := map[string][]hazard{"fault": measuredFaults(), "pitfall": pitfalls(), "other": otherFaults()}
	for table, faults := range tables {
		for i, f := range faults {
			label := fmt.Sprintf("%s %d (%s)", table, i+1, f.name)
			if len(f.tests) == 0 && f.why == "" {
				t.Errorf("%s has neither a test nor a reason", label)
			}
			for _, name := range f.tests {
				if !have[name] {
					t.Errorf("%s names the test %s, which is not there", label, name)
				}
			}
		}
	}
}

// testNames gives the names of this folder's tests.
func testNames(t *testing.T) map[string]bool {
	t.Helper()
	files, err := filepath.Glob("*_test.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("test files %v, %v", files, err)
	}
	names := map[string]bool{}
	for _, path := range files {
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && strings.HasPrefix(fn.Name.Name, "Test") {
				names[fn.Name.Name] = true
			}
		}
	}
	return names
}
