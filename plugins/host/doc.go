// Package host starts, watches and stops source plugins: one process for each
// configured system, spoken to through hashicorp/go-plugin. It trusts no
// plugin: every wait has a bound, every answer is checked against its closing
// message, and no process, socket or line of a plugin's output outlives or
// escapes it.
//
// A [Host] holds what its plugins share: the launcher thread, the socket
// folder, the host's key. A process runs one plugin (runner), a supervisor
// brings it up and down, and a [Session] is a plugin that is configured for
// one system. [LoadSources] reads the sources file.
package host
