// Debian's dnsmasq as a name server that knows nothing of us, in a network of its own, with the files of the
// system's resolver replaced for the processes that run in it. Needs the capabilities "dnsmasq" and "netns".
// It knows nothing about drivers.
using System.Text;

namespace OpenWsk.EndToEnd.Tests;

/// <summary>A network with its own names; each run starts and ends a name server in it.</summary>
internal sealed class NameServer : IDisposable
{
    /// <summary>An address at which no server answers.</summary>
    public const string Silent = "192.0.2.53";

    private const string Records = """
        host-record=www.corp.test,192.0.2.10,2001:db8::10
        host-record=v4.corp.test,192.0.2.11
        host-record=xn--zckzah.corp.test,192.0.2.12
        cname=alias.corp.test,www.corp.test
        address=/silent-name.test/192.0.2.13
        """;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("openwsk-names-");

    public NameServer()
    {
        Write("dnsmasq.conf", $"""
            no-resolv
            no-hosts
            user=root
            listen-address=127.0.0.1
            bind-interfaces
            pid-file={PathOf("pid")}
            log-queries
            log-facility={PathOf("log")}
            local=/test/
            local=/in-addr.arpa/
            local=/ip6.arpa/
            {Records}
            """);
        Write("hosts", "127.0.0.1 localhost\n::1 localhost\n192.0.2.20 local.corp.test local\n");
        Write("nsswitch.conf", "hosts: files dns\nservices: files\n");
        Write("resolv.conf", "nameserver 127.0.0.1\nsearch corp.test\noptions timeout:30 attempts:1\n");
    }

    /// <summary>What the server was asked, as it wrote it down.</summary>
    public string Log => File.Exists(PathOf("log")) ? File.ReadAllText(PathOf("log")) : "";

    /// <summary>Says which server is asked; ours is at 127.0.0.1.</summary>
    public void UseServer(string address) =>
        Write("resolv.conf", $"nameserver {address}\noptions timeout:30 attempts:1\n");

    /// <summary>Runs `openwsk` where these names hold.</summary>
    public ProcessOutput OpenWsk(params IEnumerable<string> arguments) =>
        Run(["dotnet", CommandLine.Dll, .. arguments]);

    /// <summary>Runs a program where these names hold.</summary>
    public ProcessOutput Run(params IEnumerable<string> arguments)
    {
        // Behind the pair nobody is; the hardware address is given, so that packets vanish there in silence.
        var script = new StringBuilder("ip link set lo up && ip link add veth-a type veth peer name veth-b");
        script.Append(" && ip addr add 192.0.2.1/24 dev veth-a && ip link set veth-a up");
        script.Append(" && ip link set veth-b up");
        script.Append($" && ip neigh add {Silent} lladdr 02:00:00:00:00:53 dev veth-a");
        foreach (var file in new[] { "resolv.conf", "hosts", "nsswitch.conf" })
            script.Append($" && mount --bind '{PathOf(file)}' /etc/{file}");
        // It is in the background as soon as it listens.
        script.Append($" && dnsmasq --conf-file='{PathOf("dnsmasq.conf")}' || exit 99; ");
        script.Append(string.Join(' ', arguments.Select(argument => $"'{argument}'")));
        script.Append($"; code=$?; kill \"$(cat '{PathOf("pid")}')\"; exit $code");
        return CommandLine.Run("unshare", ["--net", "--mount", "sh", "-c", script.ToString()]);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private string PathOf(string name) => Path.Combine(_folder.FullName, name);

    private void Write(string name, string text) => File.WriteAllText(PathOf(name), text);
}
