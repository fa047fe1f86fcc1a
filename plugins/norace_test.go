//go:build !race

package plugins

// underRace tells that the race detector is built in.
const underRace = false
