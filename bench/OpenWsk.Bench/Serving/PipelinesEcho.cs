// TCP echo in the style of Kestrel: a pipe reader and a pipe writer over the connection.
// It knows nothing about measuring; without pipes: DotnetEcho.cs.
using System.IO.Pipelines;
using System.Net.Sockets;

namespace OpenWsk.Bench.Serving;

/// <summary>The peer with pipelines.</summary>
internal static class PipelinesEcho
{
    public static Served Start(int port)
    {
        _ = DotnetEcho.Accept(DotnetEcho.Listen(port), Echo);
        return Serving.Instance;
    }

    private static async Task Echo(Socket socket)
    {
        using var stream = new NetworkStream(socket, ownsSocket: true);
        var reader = PipeReader.Create(stream);
        var writer = PipeWriter.Create(stream);
        try
        {
            while (await reader.ReadAsync().ConfigureAwait(false) is { IsCompleted: false } result)
            {
                foreach (var part in result.Buffer)
                    await writer.WriteAsync(part).ConfigureAwait(false);
                reader.AdvanceTo(result.Buffer.End);
            }
        }
        catch (IOException)
        {
            // The load resets its connections at the end.
        }
    }
}
