"""The pages of agents and supervisors: an edge that folds what happened and submits what people ask for.

It decides nothing and looks into no mind: what it knows, any process that hears the steps could know.
`picture` folds; `desk` and `table` say what one person may see of it; `server` shows it; `perform` is the edge.
"""
