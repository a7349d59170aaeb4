// One thread at a time serves a queue, outside its lock; who comes meanwhile leaves word, and the one who
// serves goes round once more. Without it completions of one queue would overtake each other. Its owner's
// lock guards it. It knows nothing about what is served.
namespace OpenWsk.Provider;

/// <summary>Whose turn it is to serve a queue.</summary>
internal struct PumpTurn
{
    private bool _isTaken;
    private bool _isWanted;

    /// <summary>Takes the turn; false when another thread has it, which then goes round again.</summary>
    public bool TryTake()
    {
        if (_isTaken)
        {
            _isWanted = true;
            return false;
        }
        return _isTaken = true;
    }

    /// <summary>
    /// After a round: false when the turn ends, because nothing was done and nobody left word.
    /// </summary>
    public bool GoesOn(bool hasDone)
    {
        _isTaken = hasDone || _isWanted;
        _isWanted = false;
        return _isTaken;
    }
}
