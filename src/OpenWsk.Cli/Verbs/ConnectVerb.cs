// `openwsk connect HOST:PORT`: a terminal client over WskSocketConnect. Standard input goes to the socket and
// its end ends our direction; what the peer sends goes to standard output, and its end ends the program. It
// is a client of the managed API like any other. It knows nothing about how names are found.
using System.CommandLine;
using System.Net;
using OpenWsk.Abi;
using OpenWsk.Capture;
using OpenWsk.Cli.CommandLine;
using OpenWsk.Cli.Output;
using OpenWsk.Cli.Running;

namespace OpenWsk.Cli.Verbs;

/// <summary>connect HOST:PORT.</summary>
internal sealed class ConnectVerb : IVerb
{
    private const int BufferBytes = 64 * 1024;

    private readonly Argument<string> _target = new("HOST:PORT")
    {
        Description = "Where to: 127.0.0.1:80, [::1]:80 or name:80.",
    };

    private readonly Option<string?> _local = new("--local")
    {
        Description = "The local address to bind to, such as 127.0.0.1:0. Default: the transport chooses.",
        HelpName = "HOST:PORT",
    };

    private readonly Option<string?> _trace = new("--trace")
    {
        Description = "Write one line for each call to standard error.",
        HelpName = "FILE",
    };

    public ConnectVerb() => Command = new Command(
        "connect", "Connect standard input and output to a TCP server, over WskSocketConnect.")
    {
        _target, _local, _trace,
    };

    public Command Command { get; }

    public async Task<int> Run(ParseResult parsed, Terminal terminal)
    {
        var target = HostPort.Parse("connect", parsed.GetRequiredValue(_target));
        var local = parsed.GetValue(_local) is { } text
            ? (await HostPort.Parse("connect", text).Resolve().ConfigureAwait(false))[0]
            : null;
        var addresses = await target.Resolve().ConfigureAwait(false);
        using var interrupts = new Interrupts();
        await using var host = WskHost.Create();
        using var traceFile = TraceFiles.Open("connect", parsed.GetValue(_trace));
        using var trace = parsed.GetValue(_trace) is null ? null
            : new TraceWriter(traceFile ?? terminal.Error);
        if (trace is not null)
            host.Executive.AddSink(trace);
        await using var client = host.Register();
        using var cancellation = new CancellationTokenSource();
        _ = interrupts.First.ContinueWith(_ => cancellation.Cancel(), TaskScheduler.Default);
        try
        {
            await using var socket = await Connect(client, addresses, local, cancellation.Token)
                .ConfigureAwait(false);
            var pump =
                new Pump(socket, terminal, await socket.GetRemoteEndPointAsync().ConfigureAwait(false));
            return await pump.Run(cancellation.Token).ConfigureAwait(false);
        }
        catch (WskException e)
        {
            throw new FailureException(
                ExitCodes.Findings, $"{parsed.GetRequiredValue(_target)}: {e.Message}");
        }
        catch (OperationCanceledException)
        {
            return ExitCodes.Interrupted;
        }
    }

    private static async Task<WskConnection> Connect(
        WskClient client,
        IReadOnlyList<IPEndPoint> addresses,
        IPEndPoint? local,
        CancellationToken cancellation)
    {
        for (var i = 0; ; i++)
        {
            try
            {
                return await client.ConnectAsync(addresses[i], local, cancellation).ConfigureAwait(false);
            }
            catch (WskException) when (i + 1 < addresses.Count)
            {
                // The next address of the name may answer.
            }
        }
    }

    // Both directions of one connection.
    private sealed class Pump(WskConnection socket, Terminal terminal, IPEndPoint remote)
    {
        private readonly MemoryStream? _kept = terminal.Options.Json ? new MemoryStream() : null;
        private volatile bool _isInputOver;
        private long _sentBytes;
        private long _receivedBytes;

        public async Task<int> Run(CancellationToken cancellation)
        {
            terminal.Detail($"connected to {remote}");
            var sending = SendInput(cancellation);
            var status = NTSTATUS.STATUS_SUCCESS;
            try
            {
                await ReceiveOutput(cancellation).ConfigureAwait(false);
                // The peer has said its last word. Standard input may never end, so it is waited for only if
                // it has.
                if (_isInputOver || sending.IsCompleted)
                    await sending.ConfigureAwait(false);
            }
            catch (WskException e) when (terminal.Options.Json)
            {
                status = e.Status;
            }
            if (_kept is not null)
                terminal.Out.Write(Document(status));
            terminal.Detail($"{_sentBytes} bytes sent, {_receivedBytes} bytes received");
            return status.IsSuccess() ? ExitCodes.Clean : ExitCodes.Findings;
        }

        private async Task SendInput(CancellationToken cancellation)
        {
            await Task.Yield();
            var input = Console.OpenStandardInput();
            var buffer = new byte[BufferBytes];
            while (true)
            {
                var count = await input.ReadAsync(buffer, cancellation).ConfigureAwait(false);
                if (count == 0)
                    break;
                await socket.SendAsync(buffer.AsMemory(0, count), cancellation: cancellation)
                    .ConfigureAwait(false);
                _sentBytes += count;
            }
            _isInputOver = true;
            await socket.DisconnectAsync(cancellation: cancellation).ConfigureAwait(false);
        }

        private async Task ReceiveOutput(CancellationToken cancellation)
        {
            var buffer = new byte[BufferBytes];
            while (true)
            {
                var count = await socket.ReceiveAsync(buffer, cancellation: cancellation)
                    .ConfigureAwait(false);
                if (count == 0)
                    return;
                _receivedBytes += count;
                var output = _kept ?? terminal.Raw;
                await output.WriteAsync(buffer.AsMemory(0, count), cancellation).ConfigureAwait(false);
                await output.FlushAsync(cancellation).ConfigureAwait(false);
            }
        }

        private string Document(NTSTATUS status) => JsonReport.Write(new
        {
            Remote = remote.ToString(),
            Status = status.Name(),
            SentBytes = _sentBytes,
            ReceivedBytes = _receivedBytes,
            ReceivedBase64 = Convert.ToBase64String(_kept!.ToArray()),
        });
    }
}
