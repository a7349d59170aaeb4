// Parameters of drivers and answers of stubs as users write them, read in process.
// What becomes of them in a run is in RunTests.cs.
using OpenWsk.Abi;
using OpenWsk.Cli.CommandLine;
using Xunit;

namespace OpenWsk.Cli.Tests;

public sealed class ParameterValueTests
{
    [Theory]
    [InlineData("A=80", RegistryType.Dword, "50000000")]
    [InlineData("A=0x50", RegistryType.Dword, "50000000")]
    [InlineData("A=dword:4294967295", RegistryType.Dword, "ffffffff")]
    [InlineData("A=qword:0x100000000", RegistryType.Qword, "0000000001000000")]
    [InlineData("A=5000000000", RegistryType.Sz, "3500300030003000300030003000300030003000" + "0000")]
    [InlineData("A=hi", RegistryType.Sz, "680069000000")]
    [InlineData("A=sz:80", RegistryType.Sz, "380030000000")]
    [InlineData("A=", RegistryType.Sz, "0000")]
    [InlineData("A=::1", RegistryType.Sz, "3a003a0031000000")]
    [InlineData("A=multi:a;b", RegistryType.MultiSz, "61000000620000000000")]
    [InlineData("A=hex:0a 0B,0c", RegistryType.Binary, "0a0b0c")]
    internal void The_form_of_a_value_says_its_type(string text, RegistryType type, string bytes)
    {
        var parameter = ParameterValue.Parse(text);
        Assert.Equal(("A", type), (parameter.Name, parameter.Type));
        Assert.Equal(bytes, Convert.ToHexStringLower(parameter.Data));
    }

    [Theory]
    [InlineData("A")]
    [InlineData("=1")]
    [InlineData("x.sys:=1")]
    [InlineData("A=dword:x")]
    [InlineData("A=dword:4294967296")]
    [InlineData("A=hex:abc")]
    public void What_fits_no_type_is_a_usage_error(string text) =>
        Assert.Throws<UsageException>(() => ParameterValue.Parse(text));

    [Fact]
    public void A_parameter_can_be_for_one_driver()
    {
        var parameter = ParameterValue.Parse("dir/one.sys:Port=1");
        Assert.Equal("Port", parameter.Name);
        Assert.True(parameter.IsFor("One"));
        Assert.False(parameter.IsFor("two"));
        Assert.True(ParameterValue.Parse("Port=1").IsFor("two"));
    }

    [Theory]
    [InlineData("X=STATUS_NOT_SUPPORTED", NTSTATUS.STATUS_NOT_SUPPORTED)]
    [InlineData("X=0xC00000BB", NTSTATUS.STATUS_NOT_SUPPORTED)]
    [InlineData("X=0x1", (NTSTATUS)1)]
    public void A_stub_answers_a_name_or_a_number(string text, NTSTATUS status) =>
        Assert.Equal(new StubAnswer("X", status), StubAnswer.Parse(text));

    [Theory]
    [InlineData("X")]
    [InlineData("=STATUS_SUCCESS")]
    [InlineData("X=1")]
    [InlineData("X=0xZ")]
    [InlineData("X=STATUS_SUCCES")]
    public void What_is_no_status_is_a_usage_error(string text) =>
        Assert.Throws<UsageException>(() => StubAnswer.Parse(text));
}
