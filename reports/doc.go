// Package reports turns the end of a request into the answer that Article 15
// of the GDPR owes the person. Build makes a neutral value of what may be
// disclosed and checks that nothing is missing; HTML, JSON and CoverageJSON
// write it in Finnish, Swedish or English.
//
// What is withheld is dropped in Build: a Report holds no value that may not
// be shown, so that no renderer can leak one.
package reports
