// Package sdk is what an integrator imports to write a source plugin: a
// process that asks one system about one person.
//
// A plugin is one call of [Serve] with a [Plugin] whose Open gives an
// [Instance]. Behind it the package does what every plugin needs: handshake,
// mutual TLS, life line to the host, strict configuration, batching,
// heartbeats, and the mandatory closing message with counts and digest. No
// panic, log line or error leaves the process with a value in it.
package sdk
