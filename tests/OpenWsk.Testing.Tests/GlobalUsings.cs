// What every test of this project uses.
// It knows nothing about single tests.
global using OpenWsk.Abi;
global using OpenWsk.Testing;
global using OpenWsk.TestSupport;
global using Xunit;
