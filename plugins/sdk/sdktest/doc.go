// Package sdktest tells whether a source plugin keeps the rules of the
// protocol: the conformance test.
//
// A plugin's author describes in a [Suite] how the plugin is started, a
// configuration that works, questions with the records that they must find,
// and as many of the hard cases as the system can be made to show. [Run] is
// the test of a Go package; [Test] is the same without the testing package,
// as `sinusta plugin test` uses it, and [ReadSuite] reads a suite from a file.
//
// The plugin runs as the real process behind the real protocol, started by
// plugins/host as in production. Every check has an id, the demand and the
// lesson behind it. What a suite does not give is reported as not tried, with
// what would be needed, and never as passed.
package sdktest
