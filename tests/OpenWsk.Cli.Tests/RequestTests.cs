// `run --ioctl`, `--read` and `--write`: what a user writes, what the driver gets, what is printed, and how
// the run ends. The driver is Drivers/device.c. It knows nothing about IRPs.
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using OpenWsk.Cli.CommandLine;
using OpenWsk.TestSupport;
using Xunit;

namespace OpenWsk.Cli.Tests;

public sealed class RequestTests : IDisposable
{
    private readonly PlantedDrivers _drivers = new();

    public void Dispose() => _drivers.Dispose();

    [CapabilityFact("clang", "lld", "llvm")]
    public void Requests_run_in_the_order_of_the_command_line()
    {
        var run = Openwsk.Run(
            "run", Build(), "--ioctl", @"\\.\Sum:0x222004:in=hex:010203:out=64", "--write", @"\\.\Sum:hello",
            "--read", @"\\.\Sum:16", "--write", @"\\.\Sum:hex:0a0b", "--read", @"\\.\Sum:16");
        Assert.Equal(0, run.ExitCode);
        Assert.Equal(
            [
                @"\\.\Sum 0x222004 -> STATUS_SUCCESS, information 1: 06",
                @"\\.\Sum write -> STATUS_SUCCESS, information 5",
                @"\\.\Sum read -> STATUS_SUCCESS, information 5: 68656c6c6f",
                @"\\.\Sum write -> STATUS_SUCCESS, information 2",
                @"\\.\Sum read -> STATUS_SUCCESS, information 2: 0a0b",
            ],
            run.Out.TrimEnd('\n').Split('\n'));
    }

    [Fact]
    public void The_samples_device_answers_as_its_readme_says()
    {
        const string device = @"\\.\OpenWskControl";
        var run = Openwsk.Run(
            "run", Repository.PathOf("samples", "control", "control.sys"),
            "--ioctl", device + ":0x222004:in=hex:010203:out=4",
            "--ioctl", device + ":0x222013:in=abc:out=16");
        Assert.Equal(0, run.ExitCode);
        Assert.Equal(
            $"{device} 0x222004 -> STATUS_SUCCESS, information 4: 06000000\n"
                + $"{device} 0x222013 -> STATUS_SUCCESS, information 3: 636261\n",
            run.Out);
    }

    [CapabilityTheory("clang", "lld", "llvm")]
    [InlineData(@"\\.\Sum:0x222004:in=x", "STATUS_BUFFER_TOO_SMALL")]
    [InlineData(@"\\.\Sum:0x22ffff", "STATUS_ACCESS_DENIED|STATUS_INVALID_DEVICE_REQUEST")]
    [InlineData(@"\\.\Nobody:0x222004", "STATUS_OBJECT_NAME_NOT_FOUND")]
    public void A_request_that_fails_is_exit_code_1(string request, string status)
    {
        var run = Openwsk.Run("run", Build(), "--ioctl", request, "--json");
        Assert.Equal(1, run.ExitCode);
        using var document = JsonDocument.Parse(run.Out);
        var answer = Assert.Single(document.RootElement.GetProperty("requests").EnumerateArray());
        Assert.Contains(answer.GetProperty("status").GetString(), status.Split('|'));
    }

    [CapabilityFact("clang", "lld", "llvm")]
    public void A_pending_request_is_cancelled_when_the_run_has_to_end()
    {
        using var run = Openwsk.Start("run", Build(), "--ioctl", @"\\.\Sum:0x222008:out=4");
        run.StandardInput.Close();
        Assert.Equal("waits", run.StandardOutput.ReadLine());
        using (var kill = Process.Start("kill", ["-INT", run.Id.ToString(CultureInfo.InvariantCulture)]))
            kill.WaitForExit();
        var error = run.StandardError.ReadToEndAsync();
        Assert.Contains(
            @"\\.\Sum 0x222008 -> STATUS_CANCELLED", run.StandardOutput.ReadToEnd(),
            StringComparison.Ordinal);
        Assert.Contains("left behind: nothing", error.Result, StringComparison.Ordinal);
        run.WaitForExit();
        Assert.Equal(1, run.ExitCode);
    }

    [Theory]
    [InlineData("--ioctl", @"Sum:0x222004", "names no device")]
    [InlineData("--ioctl", @"\\.\Sum", "names no device")]
    [InlineData("--ioctl", @"\\.\Sum:code", "'code' is no control code")]
    [InlineData("--ioctl", @"\\.\Sum:1:len=2", "'len=2' is none of")]
    [InlineData("--ioctl", @"\\.\Sum:1:in=hex:0g", "'0g' is no row of hexadecimal bytes")]
    [InlineData("--ioctl", "", "names no device")]
    [InlineData("--ioctl", @"\\.\Sum:", "'' is no control code")]
    [InlineData("--ioctl", @"\\.\Sum:0x", "'0x' is no control code")]
    [InlineData("--ioctl", @"\\.\Sum:-1", "'-1' is no control code")]
    [InlineData("--ioctl", @"\\.\Sum:0x100000000", "'0x100000000' is no control code")]
    [InlineData("--ioctl", @"\\.\Sum:1:in=hex:012", "'012' is no row of hexadecimal bytes")]
    [InlineData("--ioctl", @"\\.\Sum:1:out=", "'' is no number of bytes")]
    [InlineData("--ioctl", @"\\.\Sum:1:out=-1", "'-1' is no number of bytes")]
    [InlineData("--ioctl", @"\\.\Sum:1:out=4294967295", "'4294967295' is no number of bytes")]
    [InlineData("--ioctl", @"\\.\Sum:1:in=@", "cannot be read")]
    [InlineData("--ioctl", @"\\.\Sum:1:in=@/no/such/file", "/no/such/file cannot be read")]
    [InlineData("--ioctl", @"\\.\Sum:1:in=@/", "/ cannot be read")]
    [InlineData("--ioctl", @"\\.\Sum:1:second=hex:x", "'x' is no row of hexadecimal bytes")]
    [InlineData("--write", @"\\.\Sum", "names no device")]
    [InlineData("--read", @"\\.\Sum:", "'' is no number of bytes")]
    [InlineData("--read", @"\\.\Sum:many", "'many' is no number of bytes")]
    public void A_request_that_is_none_is_a_usage_error(string option, string text, string why) =>
        Assert.Contains(
            why, Assert.Throws<UsageException>(() => DeviceRequest.Parse(option, text)).Message,
            StringComparison.Ordinal);

    [Theory]
    [InlineData("--ioctl", @"\\.\Sum:code", @"write --ioctl '\\.\Name:0x222004:out=64:in=hex:0a0b'")]
    [InlineData("--read", @"\\.\Sum:x", @"write --read '\\.\Name:64'")]
    [InlineData("--write", "Sum:x", @"write --write '\\.\Name:hex:0a0b'")]
    public void A_usage_error_is_exit_code_2_and_says_how_to_write_it(string option, string text, string form)
    {
        var run = Openwsk.Run("run", Repository.PathOf("samples", "control", "control.sys"), option, text);
        Assert.Equal((2, ""), (run.ExitCode, run.Out));
        Assert.EndsWith(form, run.ErrorLine());
    }

    [Theory]
    [InlineData(@"\\.\A:0x1:second=hex:0102", "", "0102")]
    [InlineData(@"\\.\A:0x1:second=hex:0102:in=hex:03", "03", "0102")]
    [InlineData(@"\\.\A:0x1:second=text:a:out=4:in=text:b:c", "623a63", "61")]
    public void The_second_buffer_goes_to_the_next_option(string text, string input, string second)
    {
        var request = DeviceRequest.Parse("--ioctl", text);
        Assert.Equal(input, Convert.ToHexStringLower(request.Input.Span));
        Assert.Equal(second, Convert.ToHexStringLower(request.Second!.Value.Span));
    }

    [Theory]
    [InlineData(@"\\.\A:0x1:in=a:b", "a:b", 0)]
    [InlineData(@"\\.\A:0x1:in=a:b:out=12", "a:b", 12)]
    [InlineData(@"\\.\A:0x1:out=0x10:in=text:hex:00", "hex:00", 16)]
    [InlineData(@"\\.\A:0x1:in=hex:41 42", "AB", 0)]
    public void Data_goes_to_the_end(string text, string input, int outputLength)
    {
        var request = DeviceRequest.Parse("--ioctl", text);
        Assert.Equal((@"\\.\A", 1u, outputLength), (request.Device, request.Code, request.OutputLength));
        Assert.Equal(System.Text.Encoding.ASCII.GetBytes(input), request.Input.ToArray());
    }

    private string Build() => _drivers.Build("device", "NONE");
}
