// Namespaces that every test of this project uses. It knows nothing else;
// the tests of layouts are in Layout/, those of generated files in GeneratedFilesTests.cs.
global using Xunit;
