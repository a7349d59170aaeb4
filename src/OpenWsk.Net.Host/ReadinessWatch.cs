// Waits, for any number of sockets at once, for what .NET does not let one wait for: that a datagram can be
// sent again, and that the peer of a connection is gone although unread data waits. One thread for the whole
// process, asleep in epoll, started when it is first needed. It knows nothing about sockets beyond their
// handles.
using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace OpenWsk.Net.Host;

/// <summary>Tells once when a socket is ready in a certain way. Linux only.</summary>
internal sealed class ReadinessWatch
{
    private const int EventsMax = 64;

    private static readonly Lazy<ReadinessWatch> s_shared = new(() => new ReadinessWatch());

    private readonly ConcurrentDictionary<ulong, Subject> _subjects = new();
    private readonly int _epoll;
    private ulong _lastKey;

    private ReadinessWatch()
    {
        _epoll = LinuxEpoll.Create(LinuxEpoll.CloseOnExec);
        if (_epoll < 0)
        {
            throw new InvalidOperationException($"epoll_create1: errno {Marshal.GetLastPInvokeError()}.");
        }
        new Thread(Watch) { IsBackground = true, Name = "openwsk readiness" }.Start();
    }

    /// <summary>What to wait for.</summary>
    public enum Kind
    {
        /// <summary>There is room to send.</summary>
        Writable,

        /// <summary>Both directions have ended, or an error has.</summary>
        HangUp,
    }

    /// <summary>The watch of this process.</summary>
    public static ReadinessWatch Shared => s_shared.Value;

    /// <summary>Waits; the subject is told once at most, on the watch's thread.</summary>
    public void Start(Subject subject, SafeSocketHandle handle, Kind kind)
    {
        subject.Key = Interlocked.Increment(ref _lastKey);
        _subjects[subject.Key] = subject;
        var events = (kind == Kind.Writable ? LinuxEpoll.Out : 0) | LinuxEpoll.OneShot;
        Control(LinuxEpoll.Add, handle, events, subject.Key);
    }

    /// <summary>Waits no more. The subject may be about to be told all the same.</summary>
    /// <remarks>Preconditions: the handle is still open.</remarks>
    public void Stop(Subject subject, SafeSocketHandle handle)
    {
        if (subject.Key == 0)
        {
            return;
        }
        _subjects.TryRemove(subject.Key, out _);
        subject.Key = 0;
        Control(LinuxEpoll.Delete, handle, 0, 0);
    }

    private void Control(int operation, SafeSocketHandle handle, uint events, ulong key)
    {
        Span<byte> e = stackalloc byte[LinuxEpoll.EventBytesMax];
        LinuxEpoll.Write(e, events, key);
        if (LinuxEpoll.Control(_epoll, operation, handle, ref MemoryMarshal.GetReference(e)) != 0)
        {
            throw new InvalidOperationException($"epoll_ctl: errno {Marshal.GetLastPInvokeError()}.");
        }
    }

    private void Watch()
    {
        Span<byte> events = stackalloc byte[EventsMax * LinuxEpoll.EventBytesMax];
        while (true)
        {
            var count = LinuxEpoll.Wait(_epoll, ref MemoryMarshal.GetReference(events), EventsMax, -1);
            if (count < 0 && Marshal.GetLastPInvokeError() != (int)Errno.Eintr)
            {
                throw new InvalidOperationException($"epoll_wait: errno {Marshal.GetLastPInvokeError()}.");
            }
            for (var i = 0; i < count; i++)
            {
                LinuxEpoll.Read(events, i, out _, out var key);
                if (_subjects.TryGetValue(key, out var subject))
                {
                    subject.OnReady();
                }
            }
        }
    }

    /// <summary>Something that waits.</summary>
    public abstract class Subject
    {
        /// <summary>Names one wait; 0 when there is none. The watch's own.</summary>
        public ulong Key { get; set; }

        /// <summary>Called on the watch's thread, which serves everybody: do not block.</summary>
        public abstract void OnReady();
    }
}
