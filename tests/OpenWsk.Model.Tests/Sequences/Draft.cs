// Draws the next call of a sequence so that sockets get somewhere: it guesses what became of each slot from
// the calls drawn before, and mostly draws what fits that guess. A guess that is wrong does no harm; the call
// is then a wrong one, which sequences need too. It knows nothing about outcomes.
using OpenWsk.Simulation;

namespace OpenWsk.Model.Tests;

/// <summary>A sequence being drawn.</summary>
internal sealed class Draft(SimEntropy random)
{
    // Forms of Open: a category, of the family that most of a sequence's sockets have.
    private const int ListenForm = 1;
    private const int ConnectionForm = 6;
    private const int DatagramForm = 10;
    private const int StreamForm = 13;

    private readonly Guess[] _guesses = new Guess[Sequence.Slots];
    private readonly int _family = random.Below(4) == 0 ? 0 : 1;

    private enum Guess
    {
        Empty,
        Listen,
        Connection,
        Datagram,
        Stream,
        BoundConnection,
        BoundStream,
        BoundDatagram,
        Listening,
        Connected,
    }

    /// <summary>The next call that fits.</summary>
    public Operation Draw()
    {
        var slot = random.Below(Sequence.Slots);
        return _guesses[slot] switch
        {
            Guess.Empty => Fill(slot),
            Guess.Listen => Bind(slot, Guess.Listening),
            Guess.Connection => Bind(slot, Guess.BoundConnection),
            Guess.Stream => Bind(slot, Guess.BoundStream),
            Guess.Datagram => Bind(slot, Guess.BoundDatagram),
            Guess.BoundConnection => Connect(slot),
            Guess.BoundStream => random.Below(2) == 0 ? Connect(slot) : Listen(slot),
            Guess.BoundDatagram => Exchange(slot),
            Guess.Listening => Serve(slot),
            _ => Use(slot),
        };
    }

    private Operation Fill(int slot)
    {
        // A connection when there is somebody to connect to.
        if (Find(Guess.Listening) is { } listener && random.Below(2) == 0)
        {
            _guesses[slot] = Guess.Connected;
            return Call(OperationKind.SocketConnect, slot, listener);
        }
        var (guess, form) = random.Below(10) switch
        {
            <= 2 => (Guess.Listen, ListenForm),
            <= 5 => (Guess.Connection, ConnectionForm),
            <= 7 => (Guess.Datagram, DatagramForm),
            _ => (Guess.Stream, StreamForm),
        };
        _guesses[slot] = guess;
        return Call(OperationKind.Open, slot, 0, variant: form + 16 * _family);
    }

    private Operation Bind(int slot, Guess next)
    {
        if (random.Below(5) == 0)
            return Call(random.Below(2) == 0 ? OperationKind.SetReuse : OperationKind.SetExclusive, slot, 0);
        _guesses[slot] = next;
        // Now and then one of the named ports, which others may have.
        var form = random.Below(4) == 0 ? 7 + random.Below(4) : random.Below(7);
        return Call(OperationKind.Bind, slot, 0, variant: form);
    }

    private Operation Connect(int slot)
    {
        var other = Find(Guess.Listening) ?? random.Below(Sequence.Slots);
        _guesses[slot] = Guess.Connected;
        return Call(OperationKind.Connect, slot, other);
    }

    private Operation Listen(int slot)
    {
        _guesses[slot] = Guess.Listening;
        return Call(OperationKind.Listen, slot, 0);
    }

    private Operation Serve(int slot)
    {
        if (Find(Guess.Empty) is not { } into || random.Below(12) == 0)
            return End(slot);
        _guesses[into] = Guess.Connected;
        return Call(OperationKind.Accept, slot, into);
    }

    private Operation Exchange(int slot)
    {
        var other = Find(Guess.BoundDatagram) ?? slot;
        return random.Below(8) switch
        {
            <= 3 => Call(OperationKind.SendTo, slot, other),
            <= 6 => Call(OperationKind.ReceiveFrom, slot, 0),
            _ => Call(OperationKind.Cancel, slot, 0),
        };
    }

    private Operation Use(int slot) => random.Below(20) switch
    {
        <= 6 => Call(OperationKind.Send, slot, 0),
        <= 13 => Call(OperationKind.Receive, slot, 0),
        14 or 15 => Call(OperationKind.Disconnect, slot, 0),
        16 => Call(OperationKind.Abort, slot, 0),
        17 or 18 => Call(OperationKind.Cancel, slot, 0),
        _ => End(slot),
    };

    private Operation End(int slot)
    {
        _guesses[slot] = Guess.Empty;
        return Call(OperationKind.Close, slot, 0);
    }

    private Operation Call(OperationKind kind, int slot, int other, int? variant = null) =>
        new(kind, slot, other, Sequence.Amount(random), variant ?? random.Below(256), random.Below(4) == 0);

    // A slot of that guess, not always the same.
    private int? Find(Guess guess)
    {
        var start = random.Below(Sequence.Slots);
        for (var i = 0; i < Sequence.Slots; i++)
        {
            var slot = (start + i) % Sequence.Slots;
            if (_guesses[slot] == guess)
                return slot;
        }
        return null;
    }
}
