// What a worker tells its hunter: the seed it is at, what became of those before, and a line on the present
// one. It is a mapped file, because a worker may die at any instruction. It knows nothing about seeds.
using System.IO.MemoryMappedFiles;
using System.Text;

namespace OpenWsk.Fuzz;

/// <summary>A worker's progress, seen from both sides.</summary>
internal sealed class Progress : IDisposable
{
    private const int CurrentOffset = 0;
    private const int DoneOffset = 8;
    private const int CountsOffset = 16;
    private const int TextOffset = 256;
    private const int TextBytes = 1024;
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;

    public Progress(string path)
    {
        _file = MemoryMappedFile.CreateFromFile(path, FileMode.OpenOrCreate, null, TextOffset + TextBytes);
        _view = _file.CreateViewAccessor();
    }

    /// <summary>The seed that is under way; -1 before the first.</summary>
    public long Current => _view.ReadInt64(CurrentOffset) - 1;

    /// <summary>How many runs have ended.</summary>
    public long Done => _view.ReadInt64(DoneOffset);

    /// <summary>What is under way, in words.</summary>
    public string Text
    {
        get
        {
            var bytes = new byte[TextBytes];
            _view.ReadArray(TextOffset, bytes, 0, bytes.Length);
            var end = Array.IndexOf(bytes, (byte)0);
            return Encoding.UTF8.GetString(bytes, 0, end < 0 ? bytes.Length : end);
        }
    }

    public long Count(Outcome outcome) => _view.ReadInt64(CountsOffset + 8 * (int)outcome);

    public void Begin(long seed) => _view.Write(CurrentOffset, seed + 1);

    public void Tell(string text)
    {
        var bytes = new byte[TextBytes];
        Encoding.UTF8.GetEncoder().Convert(text, bytes.AsSpan(..^1), flush: true, out _, out _, out _);
        _view.WriteArray(TextOffset, bytes, 0, bytes.Length);
    }

    public void End(Outcome outcome)
    {
        _view.Write(CountsOffset + 8 * (int)outcome, Count(outcome) + 1);
        _view.Write(DoneOffset, Done + 1);
    }

    public void Dispose()
    {
        _view.Dispose();
        _file.Dispose();
    }
}
