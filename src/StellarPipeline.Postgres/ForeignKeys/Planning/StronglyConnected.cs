namespace StellarPipeline.Postgres.ForeignKeys.Planning;

/// <summary>
/// Strongly connected components by Tarjan's algorithm (1972), without recursion, so that long chains do not overflow the stack.
/// </summary>
internal static class StronglyConnected
{
    /// <summary>Returns the components. Each comes after all components that it points to; its members are in ascending order.</summary>
    /// <param name="targets">For each vertex the vertices that it points to.</param>
    public static List<List<int>> Find(IReadOnlyList<IReadOnlyList<int>> targets)
    {
        int count = targets.Count;
        var components = new List<List<int>>();
        int[] visit = new int[count];
        int[] low = new int[count];
        int[] next = new int[count];
        bool[] onPath = new bool[count];
        var path = new Stack<int>();
        var open = new Stack<int>();
        int visits = 0;
        for (int root = 0; root < count; root++)
        {
            if (visit[root] != 0)
                continue;
            Enter(root);
            while (open.Count > 0)
            {
                int vertex = open.Peek();
                if (next[vertex] < targets[vertex].Count)
                {
                    int target = targets[vertex][next[vertex]++];
                    if (visit[target] == 0)
                        Enter(target);
                    else if (onPath[target])
                        low[vertex] = Math.Min(low[vertex], visit[target]);
                    continue;
                }

                open.Pop();
                if (open.Count > 0)
                    low[open.Peek()] = Math.Min(low[open.Peek()], low[vertex]);
                if (low[vertex] == visit[vertex])
                    components.Add(Leave(vertex));
            }
        }

        return components;

        void Enter(int vertex)
        {
            visit[vertex] = low[vertex] = ++visits;
            onPath[vertex] = true;
            path.Push(vertex);
            open.Push(vertex);
        }

        List<int> Leave(int root)
        {
            var members = new List<int>();
            int member;
            do
            {
                member = path.Pop();
                onPath[member] = false;
                members.Add(member);
            }
            while (member != root);
            members.Sort();
            return members;
        }
    }
}
