// `openwsk run`, `demo`, `imports` and `connect` as processes, with the committed sample driver against
// ordinary TCP servers: output, exit codes and JSON documents. What the provider does is tested with the
// provider.
using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.Json;
using OpenWsk.TestSupport;
using Xunit;

namespace OpenWsk.Cli.Tests;

public sealed class RunTests
{
    private const string Body = "HTTP/1.0 200 OK\r\n\r\n<p>\u00e9 and \u00ff</p>\n";

    private static string Driver => Repository.PathOf("samples", "connect", "connect.sys");

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    public void A_driver_prints_the_reply_of_a_server_byte_for_byte(string address)
    {
        using var server = new WebPeer(Body, IPAddress.Parse(address));
        using var process = Openwsk.Start(["run", Driver, .. server.Parameters]);
        var output = new MemoryStream();
        process.StandardInput.Close();
        process.StandardOutput.BaseStream.CopyTo(output);
        var error = process.StandardError.ReadToEnd();
        Assert.True(process.WaitForExit(TimeSpan.FromMinutes(3)));
        Assert.Equal(0, process.ExitCode);
        Assert.Contains(Body, Encoding.Latin1.GetString(output.ToArray()));
        Assert.Contains("DriverEntry returned STATUS_SUCCESS, unloaded", error);
        Assert.Contains("findings: none", error);
        Assert.Contains("left behind: nothing", error);
    }

    [Fact]
    public void Quiet_leaves_standard_error_empty()
    {
        using var server = new WebPeer(Body);
        var run = Openwsk.Run(["run", Driver, "--quiet", .. server.Parameters]);
        Assert.Equal("", run.Error);
        Assert.Equal(0, run.ExitCode);
    }

    [Fact]
    public void Json_holds_the_account_and_what_was_printed()
    {
        using var server = new WebPeer("HTTP/1.0 200 OK\r\n\r\nhello");
        var run = Openwsk.Run(["run", Driver, "--json", .. server.Parameters]);
        using var document = JsonDocument.Parse(run.Out);
        var root = document.RootElement;
        Assert.Equal(1, root.GetProperty("schema").GetInt32());
        Assert.Equal(run.ExitCode, root.GetProperty("exitCode").GetInt32());
        Assert.Equal("workEnded", root.GetProperty("end").GetString());
        var driver = Assert.Single(root.GetProperty("drivers").EnumerateArray());
        Assert.Equal("connect.sys", driver.GetProperty("name").GetString());
        Assert.Equal("STATUS_SUCCESS", driver.GetProperty("entryStatus").GetString());
        Assert.Equal("unloaded", driver.GetProperty("fate").GetString());
        Assert.Empty(root.GetProperty("findings").EnumerateArray());
        Assert.Empty(root.GetProperty("leftBehind").EnumerateArray());
        Assert.Contains("hello", root.GetProperty("debugOutput").GetString());
    }

    [Fact]
    public void Trace_writes_the_calls_with_their_arguments_to_a_file()
    {
        using var server = new WebPeer(Body);
        var file = Path.GetTempFileName();
        try
        {
            Assert.Equal(0, Openwsk.Run(["run", Driver, $"--trace={file}", .. server.Parameters]).ExitCode);
            var trace = File.ReadAllText(file);
            Assert.Contains("SocketType=SOCK_STREAM, Protocol=IPPROTO_TCP, LocalAddress=0.0.0.0:0", trace);
            Assert.Contains($"RemoteAddress={server.Address}", trace);
            Assert.Contains("=> connect.sys+0x", trace);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void The_time_of_the_run_is_a_normal_end()
    {
        using var server = new WebPeer(null);
        var run = Openwsk.Run(["run", Driver, "--seconds", "500ms", "--json", .. server.Parameters]);
        using var document = JsonDocument.Parse(run.Out);
        Assert.Equal("timeOver", document.RootElement.GetProperty("end").GetString());
        Assert.Equal(0, run.ExitCode);
    }

    [Fact]
    public void Work_that_does_not_end_within_the_limit_has_its_own_exit_code()
    {
        using var server = new WebPeer(null);
        var run = Openwsk.Run(["run", Driver, "--within", "500ms", .. server.Parameters]);
        Assert.Equal(124, run.ExitCode);
        Assert.Contains("unloaded", run.Error);
    }

    [Fact]
    public async Task One_interrupt_unloads_and_reports()
    {
        using var server = new WebPeer(null);
        using var process = Openwsk.Start(["run", Driver, .. server.Parameters]);
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEndAsync();
        await server.Accepted.WaitAsync(TimeSpan.FromMinutes(3));
        Openwsk.Interrupt(process);
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(3));
        Assert.Equal(0, process.ExitCode);
        Assert.Contains("interrupted", await error);
        Assert.Contains("connect: unloaded", await output);
    }

    [Fact]
    public void What_is_no_driver_gives_one_line()
    {
        var run = Openwsk.Run("run", Repository.PathOf("LICENSE"));
        Assert.Equal(3, run.ExitCode);
        Assert.Contains("OW3", run.ErrorLine());
    }

    [Fact]
    public void A_call_of_a_routine_that_nobody_implements_stops_the_driver_naming_it()
    {
        var driver = WithMissingImport();
        var run = Openwsk.Run("run", driver, "--", "RemoteAddress=127.0.0.1", "RemotePort=9");
        Assert.Equal(4, run.ExitCode);
        Assert.Contains("PsCreateSystemThreaX was called from missing.sys+0x", run.Error);
        Assert.Contains("is not implemented", run.Error);
    }

    [Fact]
    public void A_stub_answers_for_it_and_a_failed_entry_has_its_own_exit_code()
    {
        var run =
            Openwsk.Run("run", WithMissingImport(), "--stub", "PsCreateSystemThreaX=STATUS_NOT_SUPPORTED");
        Assert.Equal(3, run.ExitCode);
        Assert.Contains("DriverEntry returned STATUS_NOT_SUPPORTED, not kept", run.Error);
        Assert.Contains("once, answered STATUS_NOT_SUPPORTED by --stub", run.Error);
        Assert.Contains("left behind: nothing", run.Error);
    }

    [Fact]
    public void Imports_tell_what_is_missing_without_running()
    {
        var complete = Openwsk.Run("imports", Driver);
        Assert.Equal(0, complete.ExitCode);
        Assert.DoesNotContain("missing", complete.Out);
        var missing = Openwsk.Run("imports", WithMissingImport());
        Assert.Equal(3, missing.ExitCode);
        Assert.Contains("PsCreateSystemThreaX", missing.Out);
        using var document = JsonDocument.Parse(Openwsk.Run("imports", WithMissingImport(), "--json").Out);
        Assert.False(document.RootElement.GetProperty("isComplete").GetBoolean());
        Assert.Contains(document.RootElement.GetProperty("imports").EnumerateArray(), import =>
            import.GetProperty("level").GetString() == "missing");
    }

    [Fact]
    public void The_demo_tells_its_story()
    {
        var run = Openwsk.Run("demo");
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("Hello from a server that has never heard of drivers.", run.Out);
        Assert.Contains("WskSocketConnect(SOCK_STREAM, IPPROTO_TCP", run.Out);
        Assert.Contains("the IRP of WskSocketConnect completes: STATUS_SUCCESS", run.Out);
        Assert.Contains("left behind  nothing", run.Out);
        Assert.Contains("findings     none", run.Out);
    }

    [Fact]
    public void Connect_carries_standard_input_and_output()
    {
        using var server = new WebPeer("pong");
        var run = Openwsk.RunWith("ping\n", "connect", $"{server.Address}");
        Assert.Equal((0, "pong", ""), (run.ExitCode, run.Out, run.Error));
    }

    [Fact]
    public async Task An_interrupt_ends_connect()
    {
        using var server = new WebPeer(null);
        using var process = Openwsk.Start("connect", $"{server.Address}");
        await server.Accepted.WaitAsync(TimeSpan.FromMinutes(3));
        Openwsk.Interrupt(process);
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(3));
        Assert.Equal(130, process.ExitCode);
    }

    [Fact]
    public void Connect_names_the_status_of_a_refusal()
    {
        var run = Openwsk.Run("connect", $"127.0.0.1:{OwnPorts.Next()}");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("WskSocketConnect failed with STATUS_CONNECTION_REFUSED", run.ErrorLine());
    }

    // The sample with one imported name changed to one that no kernel has.
    private static string WithMissingImport()
    {
        var bytes = File.ReadAllBytes(Driver);
        var at = bytes.AsSpan().IndexOf("PsCreateSystemThread\0"u8);
        Assert.NotEqual(-1, at);
        bytes[at + "PsCreateSystemThrea".Length] = (byte)'X';
        var folder = Directory.CreateTempSubdirectory("openwsk-test-").FullName;
        var file = Path.Combine(folder, "missing.sys");
        File.WriteAllBytes(file, bytes);
        return file;
    }
}
