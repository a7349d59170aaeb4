// The sample driver against nginx, over IPv4 and IPv6, built by clang and by mingw-w64 gcc: what it prints is
// what curl receives, byte for byte. nginx and the compilers are the system's own; where one is missing the
// test is skipped.
using System.Diagnostics;
using System.Net;
using System.Text;
using OpenWsk.TestSupport;
using Xunit;

namespace OpenWsk.Cli.Tests;

public sealed class RealServerTests : IDisposable
{
    private static readonly TimeSpan HangGuard = TimeSpan.FromMinutes(3);
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("openwsk-nginx-");
    private Process? _nginx;

    private static string Built => Repository.PathOf("samples", "connect", "connect.sys");

    public void Dispose()
    {
        _nginx?.Kill();
        _nginx?.WaitForExit();
        _nginx?.Dispose();
        _folder.Delete(recursive: true);
    }

    [CapabilityTheory("nginx", "curl")]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    public void The_driver_receives_what_curl_receives(string address) =>
        Compare(Built, IPAddress.Parse(address));

    [CapabilityFact("nginx", "curl", "mingw")]
    public void The_driver_of_another_compiler_does_too()
    {
        Finish(Start(
            "sh", Repository.PathOf("samples", "build.sh"), "--out", _folder.FullName, "mingw", "connect"));
        var driver = Directory.GetFiles(_folder.FullName, "connect.mingw.sys", SearchOption.AllDirectories);
        Compare(Assert.Single(driver), IPAddress.Loopback);
    }

    private void Compare(string driver, IPAddress address)
    {
        var server = Serve(address);
        var curl = Finish(Start("curl", "--silent", "--http1.0", $"http://{server}/"));
        using var run = Openwsk.Start(
            "run", driver, "--quiet", "--", $"RemoteAddress={server.Address}", $"RemotePort={server.Port}");
        var printed = Encoding.Latin1.GetString(Finish(run));
        Assert.Contains("HTTP/1.", printed);
        var body = printed[(printed.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..];
        Assert.StartsWith(Encoding.Latin1.GetString(curl) + "\nconnect: reply ends", body);
    }

    // A page of every byte but zero, which the driver shows as a dot, long enough for several receives.
    private IPEndPoint Serve(IPAddress address)
    {
        var page = Enumerable.Range(0, 20_000).Select(i => (byte)(1 + (i % 255))).ToArray();
        File.WriteAllBytes(Path.Combine(_folder.FullName, "index.html"), page);
        var server = new IPEndPoint(address, OwnPorts.Next());
        var configuration = Path.Combine(_folder.FullName, "nginx.conf");
        File.WriteAllText(configuration, $$"""
            daemon off; master_process off; error_log stderr; pid {{_folder.FullName}}/pid;
            events { }
            http {
                access_log off; client_body_temp_path {{_folder.FullName}};
                proxy_temp_path {{_folder.FullName}};
                fastcgi_temp_path {{_folder.FullName}}; uwsgi_temp_path {{_folder.FullName}};
                scgi_temp_path {{_folder.FullName}};
                server { listen {{server}}; root {{_folder.FullName}}; }
            }
            """);
        _nginx = Start(Capability.Program(Capability.Nginx)!, "-c", configuration, "-e", "stderr");
        WaitUntilItListens(server);
        return server;
    }

    // nginx tells nobody that it listens; curl asks again until it does.
    private static void WaitUntilItListens(IPEndPoint server) => Finish(Start(
        "curl", "--silent", "--output", "/dev/null",
        "--retry", "60", "--retry-delay", "1", "--retry-connrefused",
        $"http://{server}/"));

    private static Process Start(string program, params string[] arguments) => Process.Start(
        new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;

    private static byte[] Finish(Process process)
    {
        var error = process.StandardError.ReadToEndAsync();
        var output = new MemoryStream();
        process.StandardOutput.BaseStream.CopyTo(output);
        Assert.True(process.WaitForExit(HangGuard), "the program hangs");
        Assert.True(
            process.ExitCode == 0,
            $"{process.StartInfo.FileName}: exit code {process.ExitCode}: {error.Result}");
        return output.ToArray();
    }
}
