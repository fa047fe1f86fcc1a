// Package catalogue is law and meaning: what an organisation's information
// expert states about each of its systems (controllers, purposes, legal
// basis, recipients, retention, search keys), and what the systems of each
// kind hold (profiles).
//
// An installation has organisation.yaml and one file per system,
// catalogue/<id>.yaml. Load reads them strictly and names every fault with
// file, line and column. Lint then looks for what the law asks for and an
// entry leaves out. Profiles are embedded, one file per kind; adding a kind
// is adding profiles/<kind>.yaml, and no Go. How systems are reached is no
// matter of this package: that is the sources file.
package catalogue
