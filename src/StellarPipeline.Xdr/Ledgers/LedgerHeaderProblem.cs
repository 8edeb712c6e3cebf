namespace StellarPipeline.Xdr.Ledgers;

/// <summary>Why a header that decodes cannot be that of a ledger, or not of the one after a given ledger.</summary>
public enum LedgerHeaderProblem
{
    /// <summary>It can.</summary>
    None = 0,

    /// <summary>The close time in seconds is not the one in milliseconds, rounded down.</summary>
    CloseTimesDisagree,

    /// <summary>The close time is in milliseconds, but the ledger before is of an older protocol, after which it is in seconds.</summary>
    MillisecondsTooEarly,

    /// <summary>The close time is in seconds, but the ledger before is of a protocol after which it is in milliseconds.</summary>
    MillisecondsMissing,

    /// <summary>The transaction set was dropped, but the ledger before is of a protocol after which none can be.</summary>
    EmptySetTooEarly,

    /// <summary>The empty transaction set is made of another ledger than the one before.</summary>
    EmptySetOfOtherLedger,

    /// <summary>The empty transaction set is made for another protocol than that of the ledger before.</summary>
    EmptySetOfOtherProtocol,

    /// <summary>The protocol is older than that of the ledger before.</summary>
    ProtocolGoesBack,

    /// <summary>The ledger closed before the one before it.</summary>
    TimeGoesBack,

    /// <summary>The ledger closed at the same time as the one before it.</summary>
    TimeStandsStill,
}
