// Package bench holds the workloads W of docs/benchmarks.md: real acts on real ledgers, and real peers that speak over
// loopback, each beside the physical limit of the same machine, measured in the same run. It works in a scratch folder
// of its own and never touches a person's home, a keychain or another computer.
package bench
