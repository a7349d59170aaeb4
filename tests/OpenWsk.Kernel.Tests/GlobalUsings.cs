// What every test here needs: the kernel, its structures and their constants, rule citations, xunit.
// It knows nothing about worlds: see KernelWorld.cs.
global using OpenWsk.Abi;
global using OpenWsk.Contract;
global using OpenWsk.TestSupport;
global using Xunit;
global using static OpenWsk.Abi.WskConstants;
