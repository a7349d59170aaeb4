namespace OpenWsk.Bench.Network;
internal sealed class WineServer : IServer
{
    public int Port => 0;
    public IReadOnlyList<int> Processes => [];
    public Counters? Count(bool collects) => null;
    public void Dispose() { }
    public static WineServer Start(BenchContext context, string driver) => throw new UnavailableException($"not yet: {driver} {context.Root}");
}
