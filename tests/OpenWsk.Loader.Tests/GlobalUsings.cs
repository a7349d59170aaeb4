// What every test here needs: the loader, the kernel under it, the structures, xunit.
// It knows nothing about worlds: see LoaderWorld.cs.
global using OpenWsk.Abi;
global using OpenWsk.Kernel;
global using OpenWsk.TestSupport;
global using Xunit;
