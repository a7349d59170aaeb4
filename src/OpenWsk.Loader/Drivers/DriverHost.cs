// Loads driver files into one world. The composition root makes the world's executive with a NativeCode, and
// one host. It knows nothing about what a driver does once it runs; see LoadedDriver.cs.
using OpenWsk.Abi;
using OpenWsk.Kernel;

namespace OpenWsk.Loader;

/// <summary>Loads drivers.</summary>
public sealed class DriverHost
{
    private readonly Executive _executive;
    private readonly NativeCode _native;
    private readonly ImageMapper _mapper;
    private readonly DriverExports _exports;
    private readonly Dictionary<string, NTSTATUS> _answers = new(StringComparer.Ordinal);

    /// <summary>
    /// A host for the drivers of one world, whose executive was made with a <see cref="NativeCode"/>.
    /// </summary>
    public DriverHost(Executive executive)
    {
        _executive = executive;
        _native = executive.Code.Native as NativeCode
            ?? throw new ArgumentException("this world was made without NativeCode", nameof(executive));
        _native.Exceptions = _native.Dispatcher;
        LoaderExports.AddTo(executive.Routines);
        _exports = new DriverExports(executive.Routines);
        _mapper = new ImageMapper(_native, executive, _exports);
    }

    /// <summary>
    /// Lets calls of a routine that nobody implements return a status instead of stopping the driver. Applies
    /// to drivers loaded afterwards.
    /// </summary>
    public void AnswerMissing(string routineName, NTSTATUS status) => _answers[routineName] = status;

    /// <summary>Folders with PDB files for names of code, beside those that the drivers lie in.</summary>
    /// <remarks>Preconditions: set before the first name is asked for.</remarks>
    public IReadOnlyList<string> SymbolFolders
    {
        get => _native.SymbolFolders;
        set => _native.SymbolFolders = value;
    }

    /// <summary>Reads, checks and maps a driver file; nothing of it runs yet.</summary>
    /// <remarks>Errors: ImageFormatException; IOException when the file cannot be read.</remarks>
    public LoadedDriver Load(string path, string? serviceName = null) =>
        Load(DriverImage.Read(File.ReadAllBytes(path), path), serviceName);

    /// <summary>
    /// Maps a checked image under a service name, by default the file's name without its extension.
    /// </summary>
    public LoadedDriver Load(DriverImage image, string? serviceName = null)
    {
        var mapped = _mapper.Map(image, _answers);
        _native.Add(mapped);
        _exports.Add(mapped);
        var name = serviceName ?? Path.GetFileNameWithoutExtension(image.Name);
        return new LoadedDriver(_executive, _native, _mapper, mapped, name)
        {
            OnUnmapping = () => _exports.Remove(mapped),
        };
    }

    /// <summary>Where the world's threads are in guest code.</summary>
    public IReadOnlyList<ThreadStack> WalkThreads() => _native.WalkThreads();

    /// <summary>Names an address as reports do: function, image and offset, or bare number.</summary>
    public string NameAddress(nuint address) => _native.NameAddress(address);

    /// <summary>What each thread that is in guest code is doing, for the report of a hang.</summary>
    public IReadOnlyList<CrashThread> DescribeThreads() =>
        new CrashThreads(_native, new CrashFrames(_native)).Describe(null, [], new MemoryCopies());

    /// <summary>
    /// Takes threads out of driver code that does not come back, and names where each was, innermost first.
    /// </summary>
    public IReadOnlyList<string> InterruptThreads(TimeSpan patience) =>
    [
        .. _native.Interrupt(patience).Select(snapshot =>
            $"thread T{snapshot.ThreadId} loops in "
                + string.Join(", called from ", snapshot.StackAddresses.Take(8).Select(NameAddress))),
    ];

    /// <summary>Everything that is known about a bug check, to be rendered later.</summary>
    /// <remarks>
    /// Preconditions: called from a handler of Executive.BugChecked, on the thread of the bug check.
    /// </remarks>
    public CrashReport CollectCrash(BugCheck check) => new CrashCollector(_executive, _native).Collect(check);
}
