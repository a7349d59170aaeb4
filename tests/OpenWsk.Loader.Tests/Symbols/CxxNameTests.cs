// Symbols of C++ functions in gcc's and clang's coding, as reports show them. Those of templates with numbers
// and other rare ones stay as they are.
namespace OpenWsk.Loader.Tests;

public sealed class CxxNameTests
{
    [Theory]
    [InlineData("DriverEntry", "DriverEntry")]
    [InlineData("_Z7releasePv", "release")]
    [InlineData("_ZN6Device4openEi", "Device::open")]
    [InlineData("_ZNK4ring6Buffer4sizeEv", "ring::Buffer::size")]
    [InlineData("_ZN6DeviceC2Ev", "Device::Device")]
    [InlineData("_ZN6DeviceD1Ev", "Device::~Device")]
    [InlineData("_ZN4ring6BufferI4PageNS_5AllocEED2Ev", "ring::Buffer<...>::~Buffer")]
    [InlineData("_ZN4ring6BufferIcNS_5AllocEE6appendERKS2_", "ring::Buffer<...>::append")]
    [InlineData("_ZNSt6vectorIiSaIiEE9push_backEOi", "std::vector<...>::push_back")]
    [InlineData("_Znwy", "operator new")]
    [InlineData("_ZdaPv", "operator delete[]")]
    [InlineData("_ZN6DeviceeqERKS_", "Device::operator==")]
    [InlineData("_ZN5ArrayILi4EE3getEv", "_ZN5ArrayILi4EE3getEv")]
    [InlineData("_ZZ4workvE3now", "_ZZ4workvE3now")]
    [InlineData("_ZTV6Device", "_ZTV6Device")]
    public void The_name_is_read_without_its_parameters(string symbol, string name) =>
        Assert.Equal(name, CxxNames.Readable(symbol));

    [Theory]
    [InlineData("_Z")]
    [InlineData("_ZN")]
    [InlineData("_ZNE")]
    [InlineData("_ZN6Dev")]
    [InlineData("_ZN0E")]
    [InlineData("_ZN99999999999999999999aE")]
    [InlineData("_ZN1aI")]
    [InlineData("_ZN1aIN1bE")]
    [InlineData("_ZN1aIS")]
    [InlineData("_ZNC")]
    public void A_symbol_that_ends_too_early_stays(string symbol) =>
        Assert.Equal(symbol, CxxNames.Readable(symbol));
}
