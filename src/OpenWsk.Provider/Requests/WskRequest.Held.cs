// The client's memory that a pending request depends on, beyond the copy that was taken during the call: its
// MDL chains, and buffers that the client was told to keep. It is looked at only when memory goes while
// somebody listens; see Registration/EndingWatch.cs.
using System.Runtime.InteropServices;
using OpenWsk.Abi;
using OpenWsk.Kernel;

namespace OpenWsk.Provider;

internal sealed partial class WskRequest
{
    private List<(GuestRange Memory, string Rule)>? _held;

    // Every MDL that a window lies in; kept, because the chain cannot be walked once a part of it is gone.
    private List<nuint>? _mdls;
    private nuint _onlyMdl;

    // How many windows are in KeptMemory by their addresses.
    private int _watchedSegments;

    /// <summary>The rule that giving the MDL chain up breaks while the request is pending.</summary>
    public string ChainRule =>
        Kind is RequestKind.Disconnect or RequestKind.DisconnectData ? "DISC-26" : "MDL-08";

    // Datagram requests look after their chains themselves: WskRequest.Datagram.cs.
    private bool IsChainWatched => Kind is not (RequestKind.SendTo or RequestKind.ReceiveFrom);

    /// <summary>The client keeps this memory until the IRP completes; the rule says so.</summary>
    public void Hold(nuint address, nuint lengthBytes, string rule)
    {
        if (address == 0 || lengthBytes == 0)
            return;
        (_held ??= []).Add((new GuestRange(address, lengthBytes), rule));
        provider.Kept.Add(address);
    }

    /// <summary>
    /// The rule that freeing this memory breaks; null when nothing of the request is in it.
    /// </summary>
    public string? RuleOfFreeing(GuestRange memory)
    {
        foreach (var (held, rule) in CollectionsMarshal.AsSpan(_held))
        {
            if (memory.Overlaps(held))
                return rule;
        }
        if (!IsChainWatched)
            return null;
        // The request may end meanwhile, on another thread: its lists are looked at as they are now.
        if (_segmentCount != 0 && Overlaps(memory, _window))
            return ChainRule;
        foreach (var window in CollectionsMarshal.AsSpan(_moreSegments))
        {
            if (Overlaps(memory, window))
                return ChainRule;
        }
        return null;
    }

    private static bool Overlaps(GuestRange memory, in MdlWindow window) =>
        memory.Overlaps(new GuestRange(window.Address, (nuint)window.LengthBytes));

    /// <summary>Whether an MDL is part of the request's chains.</summary>
    public bool HasInChain(GuestPtr<MDL> mdl)
    {
        if (_onlyMdl != 0 && _onlyMdl == mdl.Address)
            return IsChainWatched;
        foreach (var address in CollectionsMarshal.AsSpan(_mdls))
        {
            if (address == mdl.Address)
                return IsChainWatched;
        }
        return false;
    }

    private void NoteChain(in WSK_BUF buffer)
    {
        var left = buffer.Length == 0 ? 0 : buffer.Offset + buffer.Length;
        for (var at = buffer.Mdl; left != 0; at = at.Value.Next)
        {
            (_mdls ??= []).Add(at.Address);
            provider.Kept.Add(at.Address);
            left -= nuint.Min(left, at.Value.ByteCount);
        }
    }

    // Before the IRP goes back: its owner frees all of this first of all.
    private void ForgetHeld()
    {
        for (; _watchedSegments > 0; _watchedSegments--)
            provider.Kept.Remove(WindowAt(_watchedSegments - 1).Address);
        foreach (var (memory, _) in CollectionsMarshal.AsSpan(_held))
            provider.Kept.Remove(memory.Start);
        foreach (var mdl in CollectionsMarshal.AsSpan(_mdls))
            provider.Kept.Remove(mdl);
        _onlyMdl = 0;
        _held?.Clear();
        _mdls?.Clear();
    }
}
