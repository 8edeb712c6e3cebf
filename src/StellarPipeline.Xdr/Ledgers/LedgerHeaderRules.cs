using System.Globalization;

namespace StellarPipeline.Xdr.Ledgers;

/// <summary>Checks headers by the rules of validators: the form of the value, its close time, its empty transaction set.</summary>
/// <remarks>
/// CAP-83 and CAP-88; stellar-core src/herder/HerderSCPDriver.cpp and src/ledger/LedgerHeaderUtils.cpp. The protocol of the <b>previous</b>
/// ledger decides the form: the ledger that upgrades the network still has the old form, the ledger after it must have the new one. Ledgers
/// of the first protocols have unsigned values, and so has ledger 1 of any protocol; signatures are therefore not required here. Ledgers
/// are identified by their number and hash: the close time says only which of two neighbours is later.
/// </remarks>
internal static class LedgerHeaderRules
{
    /// <summary>Checks a header.</summary>
    /// <param name="header">The header.</param>
    /// <param name="previous">The previous ledger; null if unknown, which omits the checks that need it.</param>
    /// <returns>The first problem found.</returns>
    public static LedgerHeaderProblem Check(LedgerHeaderView header, LedgerPredecessor? previous)
    {
        LedgerHeaderProblem problem = CheckAlone(header);
        if (problem != LedgerHeaderProblem.None)
            return problem;
        return previous is { } before ? CheckAfter(header, before) : CheckWithoutPredecessor(header);
    }

    /// <summary>Describes a problem of a header in one sentence, without the location and without advice.</summary>
    /// <param name="problem">The result of <see cref="Check"/>.</param>
    /// <param name="header">The header.</param>
    /// <param name="previous">The previous ledger, as passed to <see cref="Check"/>.</param>
    /// <returns>The sentence.</returns>
    public static string Describe(LedgerHeaderProblem problem, LedgerHeaderView header, LedgerPredecessor? previous)
    {
        StellarValueView value = header.Value;
        string ledger = Text($"Ledger {header.Sequence:N0}");
        uint least = value.HasMilliseconds ? StellarProtocols.Milliseconds : StellarProtocols.EmptyTransactionSets;
        bool isByProposal =
            value.IsEmptyTransactionSet && header.ProtocolVersion >= least && problem != LedgerHeaderProblem.EmptySetOfOtherProtocol;
        string before = previous is { } known ? Text($"ledger {known.Sequence:N0} before it has protocol {known.ProtocolVersion}")
            : isByProposal ? Text($"it names protocol {value.ProposedPreviousLedgerVersion} for the previous ledger")
            : Text($"its own protocol is {header.ProtocolVersion}");
        return problem switch
        {
            LedgerHeaderProblem.CloseTimesDisagree =>
                string.Create(CultureInfo.InvariantCulture,
                    $"{ledger} closed at second {value.CloseTimeSeconds} and at millisecond {value.CloseTimeMilliseconds}, which are not "
                        + $"the same time."),
            LedgerHeaderProblem.MillisecondsTooEarly =>
                string.Create(CultureInfo.InvariantCulture,
                    $"{ledger} has a close time in milliseconds (arm {(int)value.Form} of StellarValue), but {before}: that is for ledgers "
                        + $"after one of protocol {StellarProtocols.Milliseconds} or later."),
            LedgerHeaderProblem.MillisecondsMissing =>
                string.Create(CultureInfo.InvariantCulture,
                    $"{ledger} has a close time in seconds only (arm {(int)value.Form} of StellarValue), but {before}: every ledger after "
                        + $"one of protocol {StellarProtocols.Milliseconds} or later has milliseconds."),
            LedgerHeaderProblem.EmptySetTooEarly =>
                string.Create(CultureInfo.InvariantCulture,
                    $"{ledger} has a dropped transaction set (arm {(int)value.Form} of StellarValue), but {before}: that is for ledgers "
                        + $"after one of protocol {StellarProtocols.EmptyTransactionSets} or later."),
            LedgerHeaderProblem.EmptySetOfOtherLedger =>
                Text($"{ledger} has a dropped transaction set whose previous ledger hash differs from the one in the header."),
            LedgerHeaderProblem.EmptySetOfOtherProtocol =>
                string.Create(CultureInfo.InvariantCulture,
                    $"{ledger} has a dropped transaction set for a ledger after protocol {value.ProposedPreviousLedgerVersion}, but "
                        + $"{before}."),
            LedgerHeaderProblem.ProtocolGoesBack =>
                Text($"{ledger} has protocol {header.ProtocolVersion}, but {before}: a network never goes back."),
            LedgerHeaderProblem.TimeGoesBack or LedgerHeaderProblem.TimeStandsStill =>
                Text(
                    $"{ledger} closed at {Time(value.CloseTimeSeconds,
                        LedgerPredecessor.FractionOf(value))}, {(problem == LedgerHeaderProblem.TimeGoesBack
                            ? "before"
                            : "at the same time as")} ledger {previous?.Sequence:N0}, which closed at {Time(
                                previous?.CloseTimeSeconds ?? 0, previous?.CloseTimeFraction ?? 0)}."),
            _ => Text($"{ledger} is sound."),
        };
    }

    private static LedgerHeaderProblem CheckAlone(LedgerHeaderView header)
    {
        StellarValueView value = header.Value;
        if (value.CloseTimeMilliseconds is { } milliseconds && milliseconds / 1000 != value.CloseTimeSeconds)
            return LedgerHeaderProblem.CloseTimesDisagree;
        bool isOfOther = value.IsEmptyTransactionSet && !value.ProposedPreviousLedgerHash.SequenceEqual(header.PreviousLedgerHash);
        return isOfOther ? LedgerHeaderProblem.EmptySetOfOtherLedger : LedgerHeaderProblem.None;
    }

    // The unknown previous ledger has at most the protocol of this one: a form that is too early after this protocol is too early after any
    // older one. A dropped set names its protocol.
    private static LedgerHeaderProblem CheckWithoutPredecessor(LedgerHeaderView header)
    {
        if (header.Value.HasMilliseconds && header.ProtocolVersion < StellarProtocols.Milliseconds)
            return LedgerHeaderProblem.MillisecondsTooEarly;
        if (!header.Value.IsEmptyTransactionSet)
            return LedgerHeaderProblem.None;
        uint before = header.Value.ProposedPreviousLedgerVersion;
        if (header.ProtocolVersion < StellarProtocols.EmptyTransactionSets || before < StellarProtocols.EmptyTransactionSets)
            return LedgerHeaderProblem.EmptySetTooEarly;
        if (before > header.ProtocolVersion)
            return LedgerHeaderProblem.EmptySetOfOtherProtocol;
        if (header.Value.HasMilliseconds == before >= StellarProtocols.Milliseconds)
            return LedgerHeaderProblem.None;
        return header.Value.HasMilliseconds ? LedgerHeaderProblem.MillisecondsTooEarly : LedgerHeaderProblem.MillisecondsMissing;
    }

    private static LedgerHeaderProblem CheckAfter(LedgerHeaderView header, in LedgerPredecessor previous)
    {
        StellarValueView value = header.Value;
        if (header.ProtocolVersion < previous.ProtocolVersion)
            return LedgerHeaderProblem.ProtocolGoesBack;
        if (value.HasMilliseconds != previous.ProtocolVersion >= StellarProtocols.Milliseconds)
            return value.HasMilliseconds ? LedgerHeaderProblem.MillisecondsTooEarly : LedgerHeaderProblem.MillisecondsMissing;
        if (value.IsEmptyTransactionSet)
        {
            if (previous.ProtocolVersion < StellarProtocols.EmptyTransactionSets)
                return LedgerHeaderProblem.EmptySetTooEarly;
            if (value.ProposedPreviousLedgerVersion != previous.ProtocolVersion)
                return LedgerHeaderProblem.EmptySetOfOtherProtocol;
        }

        int order = (value.CloseTimeSeconds, LedgerPredecessor.FractionOf(value)).CompareTo(
            (previous.CloseTimeSeconds, previous.CloseTimeFraction));
        return order > 0 ? LedgerHeaderProblem.None : order == 0 ? LedgerHeaderProblem.TimeStandsStill : LedgerHeaderProblem.TimeGoesBack;
    }

    private static string Time(ulong seconds, uint fraction) => Text($"{seconds}.{fraction:000} s");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
