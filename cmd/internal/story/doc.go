// Package story holds whole stories as tests: two homes and kithctl as txtar scripts, and, under the build tag e2e, two real
// windows. It holds no program code of its own and never touches a home outside the test's own folder.
package story
