// Debian's nginx as a peer that knows nothing of us: started on free loopback ports over IPv4 and IPv6,
// serving a folder, stopped at the end. Needs the capability "nginx".
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using OpenWsk.TestSupport;

namespace OpenWsk.EndToEnd.Tests;

/// <summary>A running nginx with one page.</summary>
internal sealed class Nginx : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("openwsk-nginx-");
    private readonly Process _process;

    public Nginx(byte[] page)
    {
        Port = OwnPorts.Next();
        // Workers of an nginx that root starts run as another user.
        if (!OperatingSystem.IsWindows())
            _folder.UnixFileMode |= UnixFileMode.OtherRead | UnixFileMode.OtherExecute;
        File.WriteAllBytes(Path.Combine(_folder.FullName, "index.html"), page);
        File.WriteAllText(Path.Combine(_folder.FullName, "nginx.conf"), Configuration());
        var program = Capability.Program(Capability.Nginx)!;
        _process = Process.Start(program, ["-p", _folder.FullName, "-e", "error.log", "-c", "nginx.conf"]);
        WaitUntilListening();
    }

    /// <summary>The port on both loopback addresses.</summary>
    public int Port { get; }

    public void Dispose()
    {
        _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
        _folder.Delete(recursive: true);
    }

    private string Configuration() => $$"""
        daemon off;
        worker_processes 1;
        pid nginx.pid;
        events { worker_connections 64; }
        http {
            access_log off;
            client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;
            uwsgi_temp_path uwsgi; scgi_temp_path scgi;
            server {
                listen 127.0.0.1:{{Port}};
                listen [::1]:{{Port}};
                root {{_folder.FullName}};
            }
        }
        """;

    // Connecting is the only sign that a server gives of being ready; a refused attempt costs nothing, and
    // nginx that has ended is noticed at once.
    private void WaitUntilListening()
    {
        while (true)
        {
            Assert.False(_process.HasExited, "nginx ended: " + ErrorLog());
            try
            {
                using var probe = new TcpClient();
                probe.Connect(IPAddress.IPv6Loopback, Port);
                return;
            }
            catch (SocketException)
            {
                Thread.Yield();
            }
        }
    }

    private string ErrorLog()
    {
        var path = Path.Combine(_folder.FullName, "error.log");
        return File.Exists(path) ? File.ReadAllText(path) : "it wrote no error log";
    }
}
