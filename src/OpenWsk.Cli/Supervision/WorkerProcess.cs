// This program once more, as a process: the same command line and environment, as the system has them, and
// some variables more. It is short because the driver's start waits for it. It knows nothing about what the
// variables mean; see Supervisor.cs.
using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Text;

namespace OpenWsk.Cli.Supervision;

/// <summary>A child that runs what we run.</summary>
internal sealed class WorkerProcess
{
    // The runtime, and shells, report a signal as 128 and its number.
    private const int SignalBase = 128;
    private const int SignalMask = 0x7F;
    private const int NoChild = 10; // ECHILD: whoever started us ignores ended children, so nothing is kept

    private WorkerProcess(int id) => Id = id;

    /// <summary>The process id; valid until <see cref="Wait"/> returns.</summary>
    public int Id { get; }

    /// <summary>Starts the child.</summary>
    /// <param name="variables">NAME=VALUE of each variable to add, each ended by a zero character.</param>
    /// <remarks>Errors: Win32Exception when the system cannot make a process.</remarks>
    public static WorkerProcess Start(string variables)
    {
        byte[] path = [.. Encoding.UTF8.GetBytes(Environment.ProcessPath!), 0];
        var arguments = File.ReadAllBytes("/proc/self/cmdline");
        byte[] environment =
            [.. Encoding.UTF8.GetBytes(variables), .. File.ReadAllBytes("/proc/self/environ")];
        var id = new int[1];
        using var pins = new Pins();
        var error = Interop.PosixSpawn(
            pins.Add(id), pins.Add(path), pins.AddTable(arguments), pins.AddTable(environment));
        return error == 0 ? new WorkerProcess(id[0])
            : throw new Win32Exception(error, $"{Environment.ProcessPath} cannot be started: error {error}");
    }

    /// <summary>Waits for the end.</summary>
    /// <returns>
    /// The exit code, or 128 and the number of the signal that ended the process; 0 when the system keeps
    /// none.
    /// </returns>
    public int Wait()
    {
        var status = new int[1];
        using var pins = new Pins();
        var at = pins.Add(status);
        // Signals that this process hears interrupt the wait; nobody else waits for the child.
        while (Interop.WaitPid(Id, at) != Id && Marshal.GetLastSystemError() != NoChild)
        {
        }
        var signal = status[0] & SignalMask;
        return signal == 0 ? (status[0] >> 8) & 0xFF : SignalBase + signal;
    }

    // What is pinned stays where it is until the call that got its address has returned.
    private sealed class Pins : IDisposable
    {
        private readonly Stack<GCHandle> _handles = new();

        public nint Add(Array memory)
        {
            var handle = GCHandle.Alloc(memory, GCHandleType.Pinned);
            _handles.Push(handle);
            return handle.AddrOfPinnedObject();
        }

        // The addresses of the texts in a block, each ended by a zero byte; and 0.
        public nint AddTable(byte[] texts)
        {
            var start = Add(texts);
            var table = new nint[texts.AsSpan().Count((byte)0) + 1];
            var next = 0;
            for (var i = 0; i < table.Length - 1; i++)
            {
                table[i] = start + next;
                next += texts.AsSpan(next).IndexOf((byte)0) + 1;
            }
            return Add(table);
        }

        public void Dispose()
        {
            while (_handles.TryPop(out var handle))
                handle.Free();
        }
    }
}
